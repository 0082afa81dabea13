"""/users: the people of an account."""

from typing import Annotated, Literal

from pydantic import Field

from admin.api.answers import Changed, Created, Deleted, One, PageOf, Row
from admin.api.asked import Asked
from admin.api.endpoint import Resource
from admin.api.schema import LEFT_OUT, Etag, Id, Moment, PageQuery, Shown, Taken
from operations.finding import find_user
from operations.in_force import Outcome
from operations.pages import Page
from operations.permissions import READ
from operations.second_factor import reset_second_factor
from operations.showing import show_user
from operations.users import LONGEST_EMAIL, create_user, delete_user, edit_user, list_users, set_password

Role = Literal["member", "admin", "super_admin"]
Email = Annotated[str, Field(min_length=3, max_length=LONGEST_EMAIL, description="What the person logs in with.")]
Password = Annotated[str, Field(description="Shown only now; whoever logs in with it first must change it.")]
users = Resource("Users")


class NewUser(Taken):
    """Somebody who is to be let in."""

    email: Email
    role: Role


class UserEdits(Taken):
    """What is to be different about a user."""

    email: Email = LEFT_OUT
    role: Role = LEFT_OUT


class ShownUser(Shown):
    """A person of the account."""

    id: Id
    email: str
    role: Role
    second_factor: Annotated[bool, Field(description="Whether the log-in asks for a code after the password.")]
    created_at: Moment
    etag: Etag


class UserWithPassword(ShownUser):
    """A person of the account, with a new password of our making."""

    password: Password


@users.get("/users", READ, PageOf(ShownUser))
def show_all(asked: Asked, query: PageQuery) -> Page:
    """List the users by e-mail address."""
    with asked.reading() as session:
        return list_users(session, asked.account, query.cursor, query.limit)


@users.post("/users", "user.created", Created(UserWithPassword, "/users/{id}"), errors=(409,))
def create(asked: Asked, body: NewUser) -> Row:
    """Create a user; the answer has the password, this once."""
    return create_user(asked.changes, asked.who, body.email, body.role)


@users.get("/users/{user_id}", READ, One(ShownUser))
def show(asked: Asked, user_id: int) -> Row:
    """Show a user."""
    with asked.reading() as session:
        return show_user(find_user(session, asked.account, user_id))


@users.patch("/users/{user_id}", "user.edited", Changed(ShownUser), errors=(409,), if_match=True)
def edit(asked: Asked, user_id: int, body: UserEdits) -> tuple[Row, Outcome]:
    """Give a user another role or address."""
    return edit_user(asked.changes, asked.who, user_id, **body.given(), if_match=asked.if_match)


@users.delete("/users/{user_id}", "user.deleted", Deleted(), errors=(409,), if_match=True)
def delete(asked: Asked, user_id: int) -> Outcome:
    """Delete a user; what they did stays in the audit trail."""
    return delete_user(asked.changes, asked.who, user_id, asked.if_match)


@users.post("/users/{user_id}/password", "user.password_set", One(UserWithPassword))
def renew_password(asked: Asked, user_id: int) -> Row:
    """Give a user a new password, and log them out everywhere."""
    return set_password(asked.changes, asked.who, user_id)


@users.delete(
    "/users/{user_id}/second-factor", "user.second_factor_reset", Changed(ShownUser), errors=(409,), if_match=True
)
def reset_factor(asked: Asked, user_id: int) -> tuple[Row, Outcome]:
    """Take the second factor away of a user who has lost it, and log them out everywhere."""
    return reset_second_factor(asked.changes, asked.who, user_id, asked.if_match)
