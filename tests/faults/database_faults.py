"""What the database, or the way to it, can do to a host, alone and together with Redis: a fault each."""

from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg

from tests.faults.fault import NOTHING_CHANGED, OUTCOME_UNKNOWN, Fault, is_hung_up_on
from tests.faults.town import Town

REDIS_ANSWERS = "Redis answers, else this host's copy; nothing can be changed, and the admin is told so"
HOST_ANSWERS = "this host's copy answers, as of the last change that it knows; nothing can be changed"
REFUSED = (NOTHING_CHANGED,)
# When the server stands still under a change that had begun, nobody can know.
CUT_OFF = (NOTHING_CHANGED, OUTCOME_UNKNOWN)


def wires(how: str) -> Callable[[Town], None]:
    """Let the way to the database behave like this, the host's and the admin's."""

    def behave(town: Town) -> None:
        for wire in (town.database, town.admin_database):
            wire.behave(how)

    return behave


def all_wires(how: str) -> Callable[[Town], None]:
    """Let the ways to both servers behave like this."""

    def behave(town: Town) -> None:
        for wire in town.wires:
            wire.behave(how)

    return behave


heal_wires, heal_all_wires = wires("pass"), all_wires("pass")


def freeze_both(town: Town) -> None:
    town.valkey.freeze()
    town.postgres.freeze()


def thaw_both(town: Town) -> None:
    town.valkey.thaw()
    town.postgres.thaw()


def lose_both_and_restart(town: Town) -> None:
    """Start the host again while it can ask nobody."""
    all_wires("refuse")(town)
    town.service.kill()
    town.service.start(wait=False)
    town.service.wait_until_ready("/healthz")


@dataclass
class LockedTable:
    """Somebody locks the table of numbers, in the database's shell, and goes for coffee."""

    _connection: list[psycopg.Connection] = field(default_factory=list)

    def begin(self, town: Town) -> None:
        """Hold the lock: whoever asks for a route waits, until every connection of the pool does."""
        connection = psycopg.connect(town.direct.database_url)
        connection.execute("LOCK TABLE numbers IN ACCESS EXCLUSIVE MODE")
        self._connection.append(connection)

    def end(self, _: Town) -> None:
        self._connection.pop().close()


locked_table = LockedTable()

DATABASE_FAULTS = [
    Fault("Database refuses", wires("refuse"), heal_wires, REDIS_ANSWERS, REFUSED),
    Fault(
        "Database is frozen (SIGSTOP)",
        lambda town: town.postgres.freeze(),
        lambda town: town.postgres.thaw(),
        REDIS_ANSWERS,
        CUT_OFF,
    ),
    Fault("Database is behind a black hole", wires("hole"), heal_wires, REDIS_ANSWERS, CUT_OFF),
    Fault("Database hangs up in the middle of its answers", wires("cut"), heal_wires, REDIS_ANSWERS, CUT_OFF),
    Fault("Database has its pool exhausted", locked_table.begin, locked_table.end, REDIS_ANSWERS, CUT_OFF),
    Fault("Both refuse", all_wires("refuse"), heal_all_wires, HOST_ANSWERS, REFUSED, p99=50),
    Fault(
        "Both refuse, and the host starts again",
        lose_both_and_restart,
        heal_all_wires,
        HOST_ANSWERS,
        REFUSED,
        p99=50,
        may_lose=is_hung_up_on,
    ),
    Fault("Both are frozen", freeze_both, thaw_both, HOST_ANSWERS, CUT_OFF, p99=50),
    Fault("Both are behind a black hole", all_wires("hole"), heal_all_wires, HOST_ANSWERS, CUT_OFF, p99=50),
]
