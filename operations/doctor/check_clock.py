"""Is this host's clock right? No promise depends on it, but the times of calls, bills and resumptions do."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from operations.doctor.finding import DATABASE_SECONDS, Examined, Finding, ok, warning
from operations.twilio_errors import TwilioProblem

# Twilio's Date header has whole seconds, and either answer takes a while.
FAR_SECONDS = 5.0
FIX = "Set the clock by the network: timedatectl set-ntp true, on this host and on the database's."


def check_clock(examined: Examined) -> Iterator[Finding]:
    """Yield whose clock is how far away; Twilio's is not asked when it does not answer, as `Twilio account` says."""
    compared: list[tuple[str, Callable[[Examined], datetime | None]]] = []
    if not examined.database.is_sqlite:
        compared.append(("the database's", _read_database_clock))
    compared.append(("Twilio's", _read_twilio_clock))
    answered = False
    for whose, read in compared:
        before = datetime.now(UTC)
        theirs = read(examined)
        if theirs is None:
            continue
        answered = True
        ours = before + (datetime.now(UTC) - before) / 2
        away = (ours - theirs).total_seconds()
        if abs(away) > FAR_SECONDS:
            how = "ahead of" if away > 0 else "behind"
            yield warning(f"This host's clock is {abs(away):.0f} seconds {how} {whose}.", FIX)
        else:
            yield ok(f"It agrees with {whose}.")
    if not answered:
        yield ok("There is no other clock to compare it with.")


def _read_database_clock(examined: Examined) -> datetime:
    def ask(connection: Connection) -> datetime:
        moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return moment

    return examined.deadlined.ask(ask, DATABASE_SECONDS).astimezone(UTC)


def _read_twilio_clock(examined: Examined) -> datetime | None:
    with suppress(TwilioProblem):
        return examined.twilio.read_state().clock
    return None
