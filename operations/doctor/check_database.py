"""Does the database answer, at once, and is it migrated as this version wants it?"""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, select

import models
from operations.doctor.finding import DATABASE_SECONDS, Examined, Finding, error, ok, warning
from routing.deadline import DATABASE_FAILURES
from routing.deadline import DATABASE_SECONDS as CALL_PATH_SECONDS

MIGRATIONS = Path(models.__file__).parent / "migrations"
SLOW_SECONDS = CALL_PATH_SECONDS / 5
TRIES = 3


def check_database(examined: Examined) -> Iterator[Finding]:
    """Yield whether it answers and is migrated, and how fast it is."""
    try:
        seconds = min(_measure(examined) for _ in range(TRIES))
        revision = examined.deadlined.ask(_read_revision, DATABASE_SECONDS)
    except DATABASE_FAILURES as problem:
        yield error(
            f"The database does not answer within {DATABASE_SECONDS:.0f} seconds ({type(problem).__name__}).",
            "Start it, and check DATABASE_URL: host, port, name, user and password, and what pg_hba.conf lets in.",
        )
        return
    yield from _say_revision(revision)
    if seconds > SLOW_SECONDS:
        yield warning(
            f"It takes {seconds * 1000:.0f} ms to answer; calls wait {CALL_PATH_SECONDS * 1000:.0f} ms at most.",
            "Bring it nearer to this host, or find out what keeps it busy.",
        )
    else:
        yield ok(f"It answers within {seconds * 1000:.1f} ms.")


def _measure(examined: Examined) -> float:
    began = monotonic()
    examined.deadlined.ask(lambda connection: connection.execute(select(1)), DATABASE_SECONDS)
    return monotonic() - began


def _read_revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _say_revision(revision: str | None) -> Iterator[Finding]:
    scripts = ScriptDirectory(str(MIGRATIONS))
    head = scripts.get_current_head()
    known = {script.revision for script in scripts.walk_revisions()}
    if revision == head:
        return
    if revision is None or revision in known:
        yield error(
            f"The database is at migration {revision or 'none'}, and this version wants {head}.",
            "Run `alembic upgrade head` (systemctl start clara-migrate), on one host.",
        )
    else:
        yield error(
            f"The database is at migration {revision}, which this version does not know: a newer one has migrated it.",
            "Install the version that the other hosts have.",
        )
