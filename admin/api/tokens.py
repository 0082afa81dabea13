"""/tokens: what programs present to use this API."""

from typing import Annotated

from pydantic import Field

from admin.api.answers import Changed, Created, One, PageOf, Row
from admin.api.asked import Asked
from admin.api.endpoint import Resource
from admin.api.schema import Id, Moment, Name, PageQuery, Shown, Taken
from admin.api.users import Role
from operations.finding import find_token
from operations.in_force import Outcome
from operations.pages import Page
from operations.permissions import READ
from operations.showing import show_token
from operations.tokens import create_token, list_tokens, revoke_token

tokens = Resource("Tokens")


class NewToken(Taken):
    """A token to create."""

    role: Role
    name: Name = "token"


class ShownToken(Shown):
    """A token; its secret is nobody's to see again."""

    id: Id
    name: str
    role: Role
    created_at: Moment
    revoked_at: Moment | None


class TokenWithSecret(ShownToken):
    """A token with its secret."""

    token: Annotated[str, Field(description="Shown only now.")]


@tokens.get("/tokens", READ, PageOf(ShownToken))
def show_all(asked: Asked, query: PageQuery) -> Page:
    """List the tokens, revoked ones too, newest first."""
    with asked.reading() as session:
        return list_tokens(session, asked.account, query.cursor, query.limit)


@tokens.post("/tokens", "token.created", Created(TokenWithSecret, "/tokens/{id}"))
def create(asked: Asked, body: NewToken) -> Row:
    """Create a token; the answer has its secret, this once."""
    return create_token(asked.changes, asked.who, **body.given())


@tokens.get("/tokens/{token_id}", READ, One(ShownToken))
def show(asked: Asked, token_id: int) -> Row:
    """Show a token."""
    with asked.reading() as session:
        return show_token(find_token(session, asked.account, token_id))


@tokens.delete("/tokens/{token_id}", "token.revoked", Changed(ShownToken))
def revoke(asked: Asked, token_id: int) -> tuple[Row, Outcome]:
    """Revoke a token from the next request on; it stays in the list."""
    return revoke_token(asked.changes, asked.who, token_id)
