"""Does every registered host follow the changes? One that does not makes every change say that it is not in force."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from time import sleep
from typing import Any

from sqlalchemy import Connection, select

from models import ChangeCounter, Host
from operations.doctor.finding import DATABASE_SECONDS, LOOK_AGAIN_SECONDS, Examined, Finding, error, ok, warning

# A host says every ten seconds that it is there (`routing/keeper.py`).
SILENT = timedelta(seconds=60)


def check_hosts(examined: Examined) -> Iterator[Finding]:
    """Yield each host that is behind, or has not been heard of."""
    hosts = _read(examined)
    if any(host.known < host.n for host in hosts):
        sleep(LOOK_AGAIN_SECONDS)
        hosts = _read(examined)
    found = [finding for host in hosts for finding in _say(host)]
    yield from found or [ok(f"{len(hosts)} hosts follow the changes.")]


def _read(examined: Examined) -> Sequence[Any]:
    def ask(connection: Connection) -> Sequence[Any]:
        query = select(Host.id, Host.name, Host.known, Host.seen_at, ChangeCounter.n).join(ChangeCounter, Host.id != "")
        return connection.execute(query.order_by(Host.name, Host.id)).all()

    return examined.deadlined.ask(ask, DATABASE_SECONDS)


def _say(host: Any) -> Iterator[Finding]:
    name = f"{host.name} ({host.id[:8]})"
    silent = datetime.now(UTC) - host.seen_at
    fix = f"Start it, or look into its log; if it is gone for good: `flask hosts remove {host.id[:8]}`."
    if host.known < host.n:
        yield error(f"{name} is {host.n - max(host.known, 0)} changes behind: no change is in force everywhere.", fix)
    elif silent > SILENT:
        yield warning(f"{name} has not been heard of for {silent.total_seconds():.0f} seconds.", fix)
