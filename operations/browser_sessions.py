"""List the browsers in which somebody is logged in, and log them out of others."""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models import BrowserSession, Database
from operations.log_in import SignedIn, end_sessions, lets_in

NAME_LENGTH = 16


def list_sessions(session: Session, signed_in: SignedIn) -> list[dict[str, Any]]:
    """Return one's own sessions, the one last used first; `name` tells them apart and lets nobody in."""
    mine = select(BrowserSession).where(BrowserSession.user_id == signed_in.user_id, *lets_in())
    return [
        {
            "name": row.secret_hash[:NAME_LENGTH],
            "is_this_one": row.secret_hash == signed_in.session,
            "browser": row.browser,
            "address": row.address,
            "created_at": row.created_at.isoformat(),
            "seen_at": row.seen_at.isoformat(),
        }
        for row in session.scalars(mine.order_by(BrowserSession.seen_at.desc()))
    ]


def end_session(database: Database, signed_in: SignedIn, name: str) -> None:
    """End one's own session of a name; one that has ended already, or is somebody else's, changes nothing."""
    with database.writing() as session:
        mine = BrowserSession.user_id == signed_in.user_id
        is_it = BrowserSession.secret_hash.startswith(name[:NAME_LENGTH], autoescape=True)
        if len(name) == NAME_LENGTH and name.isalnum():
            session.execute(delete(BrowserSession).where(mine, is_it))


def end_other_sessions(database: Database, signed_in: SignedIn) -> None:
    """End all of one's own sessions but this one."""
    with database.writing() as session:
        end_sessions(session, signed_in.user_id, but=signed_in.session)
