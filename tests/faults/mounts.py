"""File systems of a few megabytes, which a test may fill or make read-only; only root may mount any."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import wait_for

SIZE = "size=48m"


def mount(*arguments: str | Path) -> bool:
    """Mount, and tell whether that was allowed here."""
    try:
        return subprocess.run(["mount", *map(str, arguments)], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


@contextmanager
def own_file_system(folder: Path) -> Iterator[bool]:
    """Give a folder a file system of its own, and a second one at `<folder>-host` that shows the same.

    The second may be made read-only while the first stays as it is. Yields whether that was allowed; else the second
    is the first under another name.
    """
    host = host_view(folder)
    folder.mkdir(parents=True)
    if os.geteuid() != 0 or not mount("-t", "tmpfs", "-o", SIZE, "none", folder):
        host.symlink_to(folder)
        yield False
        return
    host.mkdir()
    try:
        if not mount("--bind", folder, host):
            raise OSError("a tmpfs could be mounted, and not bound to a second folder")
        yield True
    finally:
        for mounted in (host, folder):
            subprocess.run(["umount", "--lazy", str(mounted)], check=False)


def host_view(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-host")


def set_read_only(folder: Path, is_read_only: bool) -> None:
    """Make what is seen under `folder` read-only, or writable again, as soon as nobody has a file open to write."""
    wait_for(lambda: mount("-o", f"remount,bind,{'ro' if is_read_only else 'rw'}", folder))


def fill_up(folder: Path) -> None:
    """Write until there is no room at all."""
    with (folder / "filler").open("wb", buffering=0) as filler:
        for size in (1_000_000, 4_096, 1):
            try:
                while filler.write(b"\0" * size):
                    pass
            except OSError:
                continue


def empty_again(folder: Path) -> None:
    (folder / "filler").unlink(missing_ok=True)
