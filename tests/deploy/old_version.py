"""The version before the newest migration, out of the repository's history."""

import subprocess
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from tests.conftest import PROJECT

GIT_SECONDS = 60


class NoHistory(RuntimeError):
    """There is no git, or the repository does not go back that far."""


def check_out_version_before_newest_migration(folder: Path) -> str:
    """Write the files of that version into the folder; return the revision that its database has."""
    newest = ScriptDirectory.from_config(Config(toml_file=PROJECT / "pyproject.toml")).get_revision("head")
    assert newest is not None
    path = Path(newest.path).relative_to(PROJECT)
    added = _git("log", "--diff-filter=A", "--format=%H", "-1", "--", str(path)).decode().strip()
    # Of a migration that is not committed yet, the version before is the last commit.
    archive = _git("archive", "--format=tar", f"{added}^" if added else "HEAD")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True, timeout=GIT_SECONDS)
    if not (folder / "wsgi.py").exists() or (folder / path).exists():
        raise NoHistory("the repository around these files is another one")
    return str(newest.down_revision)


def _git(*words: str) -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(PROJECT), *words], capture_output=True, check=True, timeout=GIT_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise NoHistory(f"no history before the newest migration: {error}") from error
    return done.stdout
