"""See and evict the hosts that every change waits for."""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models import Database, Host
from operations.errors import Invalid, NotFound

SHORTEST_ID = 8


def list_hosts(session: Session) -> list[dict[str, Any]]:
    """Return the registered hosts by name."""
    hosts = session.scalars(select(Host).order_by(Host.name, Host.id))
    return [
        {"id": host.id, "name": host.name, "known": host.known, "seen_at": host.seen_at.isoformat()} for host in hosts
    ]


def remove_host(database: Database, host_id: str) -> None:
    """Evict a host by its id or the beginning of it; raises NotFound, or Invalid when several begin so."""
    with database.writing() as session:
        starts = session.scalars(select(Host.id).where(Host.id.startswith(host_id, autoescape=True)).limit(2)).all()
        if len(host_id) < SHORTEST_ID or len(starts) > 1:
            raise Invalid(f"Give at least {SHORTEST_ID} characters of one host's id (see: flask hosts list).")
        if not starts:
            raise NotFound(f"There is no host {host_id}.")
        session.execute(delete(Host).where(Host.id == starts[0]))
