"""Do all checks, most of them at the same time, within one deadline, and return their findings in order."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from time import monotonic

from redis import RedisError

from operations.doctor.check_clock import check_clock
from operations.doctor.check_database import check_database
from operations.doctor.check_fallback_number import check_fallback_number
from operations.doctor.check_hosts import check_hosts
from operations.doctor.check_numbers import check_numbers
from operations.doctor.check_public_url import check_public_url
from operations.doctor.check_redis import check_redis
from operations.doctor.check_route_copies import check_route_copies
from operations.doctor.check_settings import check_settings
from operations.doctor.check_signatures import check_signatures
from operations.doctor.check_this_host import check_call_notes, check_data_dir, check_keeper, check_local_store
from operations.doctor.check_twilio import check_twilio
from operations.doctor.finding import Examined, Finding, error, warning
from operations.errors import OperationError
from routing.deadline import DATABASE_FAILURES
from routing.threads import Threads

Check = Callable[[Examined], Iterator[Finding]]
CHECKS: dict[str, Check] = {
    "settings": check_settings,
    "public URL": check_public_url,
    "signatures": check_signatures,
    "fallback number": check_fallback_number,
    "Twilio account": check_twilio,
    "numbers": check_numbers,
    "database": check_database,
    "Redis": check_redis,
    "data folder": check_data_dir,
    "keeper": check_keeper,
    "local store": check_local_store,
    "call routes": check_route_copies,
    "call notes": check_call_notes,
    "hosts": check_hosts,
    "clock": check_clock,
}
# These say how fast somebody answers, so they come first, while nothing else is asked.
MEASURING = {"database", "Redis"}
CHECK_WITHIN_SECONDS = 20.0


def examine(examined: Examined) -> list[Finding]:
    """Return what every check found; takes at most CHECK_WITHIN_SECONDS, whatever stands still."""
    threads = Threads(len(CHECKS), "doctor")
    give_up_at = monotonic() + CHECK_WITHIN_SECONDS
    found: dict[str, list[Finding]] = {}
    for together in (MEASURING, CHECKS.keys() - MEASURING):
        begun = {name: threads.begin(_work(CHECKS[name], examined)) for name in together}
        found |= {name: _findings(future, give_up_at) for name, future in begun.items()}
    threads.close()
    return [replace(finding, check=name) for name in CHECKS for finding in found[name]]


def _work(check: Check, examined: Examined) -> Callable[[], list[Finding]]:
    return lambda: list(check(examined))


def _findings(future: Future[list[Finding]], give_up_at: float) -> list[Finding]:
    """Return what a check found; what kept it from looking is a finding, too."""
    try:
        return future.result(max(0.0, give_up_at - monotonic()))
    except TimeoutError:
        took = f"{CHECK_WITHIN_SECONDS:.0f} seconds"
        return [error(f"This could not be looked at within {took}.", "Look first at what else is said to be slow.")]
    except DATABASE_FAILURES as problem:
        found = f"This could not be looked at: the database has no answer ({type(problem).__name__})."
        return [warning(found, "Mend the database first; see the check of that name.")]
    except OperationError as problem:
        return [warning(f"This could not be looked at: {problem.message}", "Mend that first, then ask again.")]
    except (RedisError, sqlite3.Error, OSError) as problem:
        found = f"This could not be looked at ({type(problem).__name__}: {problem})."
        return [error(found, "See what else is said of the data folder and of Redis.")]
