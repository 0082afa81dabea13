"""/users, /tokens and /account: who is let in, and what the account allows itself."""

from collections.abc import Callable

from sqlalchemy import update

from models import User
from operations.changes import Changes
from operations.permissions import ADMIN
from tests.admin.api.conftest import Api


def test_user_is_created_edited_and_deleted(api: Api) -> None:
    """The password is in the first answer only."""
    created = api.post("/users", json={"email": "Mia@example.com", "role": "member"})
    path = f"/users/{created.json['id']}"
    edited = api.patch(path, json={"role": "admin"}, headers={"If-Match": created.headers["ETag"]})
    shown = api.get(path)

    assert (created.status_code, created.headers["Location"]) == (201, f"/api/v1{path}")
    assert len(created.json["password"]) == 16
    assert (edited.json["role"], edited.json["in_force"]) == ("admin", True)
    assert "password" not in shown.json
    assert api.get("/users").json == [shown.json]
    stale = api.delete(path, headers={"If-Match": created.headers["ETag"]})
    assert stale.status_code == 412
    assert api.delete(path, headers={"If-Match": shown.headers["ETag"]}).status_code == 200
    assert api.get("/users").json == []


def test_admin_manages_members_only(api: Api, api_of: Callable[..., Api]) -> None:
    """The refusal is the operation's, for every door."""
    admin = api_of(ADMIN)
    other_admin = api.post("/users", json={"email": "ben@example.com", "role": "admin"}).json["id"]

    assert admin.post("/users", json={"email": "mia@example.com", "role": "member"}).status_code == 201
    assert admin.post("/users", json={"email": "max@example.com", "role": "admin"}).status_code == 403
    assert admin.patch(f"/users/{other_admin}", json={"role": "member"}).status_code == 403
    assert admin.post(f"/users/{other_admin}/password").status_code == 403
    assert admin.post("/tokens", json={"role": "admin"}).status_code == 403
    assert admin.patch("/account", json={"name": "Mine"}).status_code == 403


def test_new_password_is_shown_once(api: Api) -> None:
    """It is another one than before."""
    created = api.post("/users", json={"email": "mia@example.com", "role": "member"}).json

    renewed = api.post(f"/users/{created['id']}/password")

    assert renewed.status_code == 200
    assert renewed.json["password"] != created["password"]


def test_lost_second_factor_is_reset(api: Api, api_of: Callable[..., Api], changes: Changes) -> None:
    """By who manages the user's role, and only as long as it is what they saw."""
    user = api.post("/users", json={"email": "ben@example.com", "role": "admin"}).json
    with changes.database.writing() as session:
        session.execute(update(User).values(totp_secret="sealed"))
    path, seen = f"/users/{user['id']}/second-factor", api.get(f"/users/{user['id']}").json

    assert seen["second_factor"] is True
    assert api_of(ADMIN).delete(path).status_code == 403
    assert api.delete(path, headers={"If-Match": user["etag"]}).status_code == 412
    reset = api.delete(path, headers={"If-Match": seen["etag"]})
    assert (reset.status_code, reset.json["second_factor"], reset.json["in_force"]) == (200, False, True)


def test_last_super_admin_stays(api: Api) -> None:
    """409 with a code, and a sentence that says what to do."""
    user = api.post("/users", json={"email": "ada@example.com", "role": "super_admin"}).json["id"]

    answers = [api.delete(f"/users/{user}"), api.patch(f"/users/{user}", json={"role": "admin"})]

    assert {(answer.status_code, answer.json["code"]) for answer in answers} == {(409, "last_super_admin")}


def test_token_holds_until_it_is_revoked(api: Api) -> None:
    """From the next request on it lets nobody in; it stays listed, without its secret."""
    created = api.post("/tokens", json={"role": "member", "name": "reporting"})
    theirs = Api(api.app, created.json["token"])
    before = theirs.get("/account").status_code

    revoked = api.delete(f"/tokens/{created.json['id']}")

    assert (before, theirs.get("/account").status_code) == (200, 401)
    assert revoked.json["revoked_at"] is not None
    [listed] = [token for token in api.get("/tokens").json if token["name"] == "reporting"]
    assert listed == api.get(f"/tokens/{created.json['id']}").json
    assert set(listed) == {"id", "name", "role", "created_at", "revoked_at"}


def test_account_is_shown_and_edited(api: Api) -> None:
    """By whoever has seen it as it is."""
    seen = api.get("/account")

    edited = api.patch("/account", json={"purchases_per_day": 3}, headers={"If-Match": seen.headers["ETag"]})

    assert (seen.json["name"], edited.json["purchases_per_day"]) == ("Example Business", 3)
    assert api.patch("/account", json={"name": "New"}, headers={"If-Match": seen.headers["ETag"]}).status_code == 412
    assert api.patch("/account", json={"purchases_per_day": 1001}).status_code == 422
