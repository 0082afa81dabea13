"""Create, list and revoke API tokens. A revoked one stays in the list, for the history."""

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Token
from operations.changes import Changes, Who
from operations.checking import read_name
from operations.finding import find_token
from operations.in_force import Outcome
from operations.pages import USUAL_PAGE, Order, Page, read_page
from operations.permissions import check_may_manage
from operations.roles import read_role
from operations.showing import show_token

TOKEN_BYTES = 32
# What every token begins with, so that secret scanners know one when they see it.
TOKEN_PREFIX = "clara_"  # noqa: S105
NEWEST_FIRST = Order((Token.id,), descending=True)


def create_token(changes: Changes, who: Who, role: str, name: str = "token") -> dict[str, Any]:
    """Create an API token, returned as `token` this once; only its hash is kept.

    Raises Forbidden for a role that `who` does not manage: nobody makes a token that can do more than they can.
    """
    name, role = read_name(name, "a token"), read_role(role)
    secret = TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    token_hash = hashlib.sha256(secret.encode()).hexdigest()
    with changes.making(who, "token.created") as draft:
        check_may_manage(who.role, role)
        token = Token(account_id=who.account, name=name, role=role, token_hash=token_hash)
        draft.session.add(token)
        draft.session.flush()
        draft.record([], None, show_token(token))
    return show_token(token) | {"token": secret}


def revoke_token(changes: Changes, who: Who, token: str | int) -> tuple[dict[str, Any], Outcome]:
    """Revoke a token (id, or name if only one that holds has it) from the next request on; again changes nothing.

    Raises NotFound, Invalid for a name that several have, Forbidden for a role that `who` does not manage.
    """
    with changes.making(who, "token.revoked") as draft:
        found = find_token(draft.session, who.account, token)
        check_may_manage(who.role, found.role)
        before = show_token(found)
        if found.revoked_at is None:
            found.revoked_at = datetime.now(UTC)
            draft.record([], before, show_token(found))
        after = show_token(found)
    return after, draft.outcome


def list_tokens(session: Session, account_id: int, cursor: str | None = None, limit: int = USUAL_PAGE) -> Page:
    """Return a page of the tokens of an account, newest first, without their secrets, which nobody has."""
    query = select(Token).where(Token.account_id == account_id)
    return read_page(session, query, NEWEST_FIRST, show_token, cursor, limit)


def every_token(session: Session, account_id: int) -> list[dict[str, Any]]:
    """Return all tokens of an account, newest first."""
    query = select(Token).where(Token.account_id == account_id).order_by(Token.id.desc())
    return [show_token(token) for token in session.scalars(query)]
