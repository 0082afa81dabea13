"""See and evict the hosts that every change waits for."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Host
from operations.changes import Changes, Who
from operations.errors import Invalid, NotFound
from operations.showing import show_host

SHORTEST_ID = 8


def list_hosts(session: Session) -> list[dict[str, Any]]:
    """Return the registered hosts by name."""
    return [show_host(host) for host in session.scalars(select(Host).order_by(Host.name, Host.id))]


def remove_host(changes: Changes, who: Who, host_id: str) -> None:
    """Evict a host by its id or the beginning of it; raises NotFound, or Invalid when several begin so.

    It is a change like any other, because from here on promises are made without that host.
    """
    with changes.making(who, "host.removed") as draft:
        starting_so = select(Host).where(Host.id.startswith(host_id, autoescape=True)).limit(2)
        found = draft.session.scalars(starting_so).all()
        if len(host_id) < SHORTEST_ID or len(found) > 1:
            raise Invalid(f"Give at least {SHORTEST_ID} characters of one host's id (see: flask hosts list).")
        if not found:
            raise NotFound(f"There is no host {host_id}.")
        draft.session.delete(found[0])
        draft.record([], show_host(found[0]), None)
