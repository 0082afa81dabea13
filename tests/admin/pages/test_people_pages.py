"""Users and tokens: who may make, change and remove them, and that secrets are shown once."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from models import User
from operations.accounts import create_account
from operations.changes import Changes, Who
from operations.permissions import SYSTEM
from operations.users import create_user, edit_user
from tests.admin.pages.conftest import Person, problem_at, text_of

MakePerson = Callable[..., Person]
NEW = "new@example.com"
NEW_PASSWORD = "correct horse battery"


def secret_of(page: str) -> str:
    """Return the secret that a page shows."""
    found = re.search(r'id="secret">([^<]+)<', page)
    assert found, "no secret"
    return found[1]


def user_id(changes: Changes, who: Who, role: str = "member", email: str = NEW) -> int:
    """Create a user; return the id."""
    made: int = create_user(changes, who, email, role)["id"]
    return made


def test_password_of_a_new_user_is_shown_once_and_must_be_changed(app: Flask, person: MakePerson) -> None:
    """Whoever logs in with it sees nothing else until it is changed."""
    admin = person("admin")
    created = admin.post("/settings/users", follow=True, email=NEW, role="member")
    password = secret_of(created.text)
    newcomer = Person(app.test_client(), NEW, password)
    newcomer.log_in()

    assert password not in admin.get("/settings/users").text
    assert newcomer.get("/numbers").location == "/password"
    newcomer.post("/password", old=password, new=NEW_PASSWORD)
    assert newcomer.get("/numbers").status_code == 200


def test_refused_new_user_says_why_and_keeps_what_was_typed(person: MakePerson) -> None:
    """An address in use, or a role that one cannot give."""
    admin = person("admin")

    taken = admin.post("/settings/users", email=admin.email, role="member")
    above = admin.post("/settings/users", email=NEW, role="admin")

    assert (taken.status_code, above.status_code) == (409, 403)
    assert f'value="{admin.email}"' in taken.text
    assert "Only a Super Admin manages who is Admin." in text_of(above)


@pytest.mark.parametrize(("role", "form"), [("member", False), ("admin", True), ("super_admin", True)])
def test_roles_show_in_the_list_of_users(person: MakePerson, changes: Changes, who: Who, role: str, form: bool) -> None:
    """An Admin gives the role Member only and edits Members only; a Member is not told who has no second factor."""
    user_id(changes, who, "admin")
    text = text_of(person(role).get("/settings/users"))

    assert ("Create user" in text) == form
    assert ("Second factor" in text) == form
    assert ("Off" in text) == form
    assert ("Edit new@example.com" in text) == (role == "super_admin")


@pytest.mark.parametrize("path", ["", "/password", "/delete"])
def test_member_changes_nobody(person: MakePerson, changes: Changes, who: Who, path: str) -> None:
    """What is sent without a button is refused."""
    whom = user_id(changes, who)

    answer = person("member").post(f"/settings/users/{whom}{path}", follow=True, role="admin")

    assert "This needs the role Admin" in text_of(answer)


def test_another_role_and_deletion_log_out(app: Flask, person: MakePerson, changes: Changes, who: Who) -> None:
    """At once, in every browser."""
    user = create_user(changes, who, NEW, "member", must_change_password=False)
    somebody, admin = Person(app.test_client(), NEW, user["password"]), person("super_admin")
    somebody.log_in()
    path = f"/settings/users/{user['id']}"

    edited = admin.post(path, follow=True, email=NEW, role="admin", etag=user["etag"])
    assert f"{NEW} is saved, as Admin. In force on every server." in text_of(edited)
    assert somebody.get("/numbers").status_code == 303
    somebody.log_in()
    assert "Delete new@example.com?" in text_of(admin.get(f"{path}/delete"))
    deleted = admin.post(f"{path}/delete", follow=True)

    assert f"{NEW} is deleted and logged out everywhere." in text_of(deleted)
    assert somebody.get("/numbers").status_code == 303
    assert somebody.log_in().status_code == 401


def test_new_password_is_shown_once(app: Flask, person: MakePerson, changes: Changes, who: Who) -> None:
    """And the old one is worth nothing."""
    user = create_user(changes, who, NEW, "member", must_change_password=False)
    admin = person("admin")
    path = f"/settings/users/{user['id']}/password"

    asked, answer = admin.get(path), admin.post(path, follow=True)

    assert f"A new password for {NEW}?" in text_of(asked)
    assert Person(app.test_client(), NEW, user["password"]).log_in().status_code == 401
    assert Person(app.test_client(), NEW, secret_of(answer.text)).log_in().status_code == 303


def test_loading_a_secret_again_shows_nothing_and_does_nothing_again(person: MakePerson) -> None:
    """Nor does going back to it; and no browser keeps the page."""
    admin = person("admin")
    sent = admin.post("/settings/tokens", name="booking", role="member")
    shown, again = admin.get(sent.location), admin.get(sent.location)

    assert (sent.status_code, sent.location) == (303, "/settings/shown-once")
    assert shown.headers["Cache-Control"] == "no-store"
    assert "It is shown only now." in text_of(shown)
    assert again.status_code == 410
    assert secret_of(shown.text) not in again.text
    assert len(set(re.findall(r"/settings/tokens/\d+/revoke", admin.get("/settings/tokens").text))) == 1


def test_secret_that_waits_to_be_shown_is_nowhere_in_the_clear(person: MakePerson, changes: Changes) -> None:
    """Only the browser's own cookie opens it: neither the database nor another browser of the same user does."""
    admin = person("admin")
    admin.post("/settings/tokens", name="booking", role="member")
    other = Person(admin.client.application.test_client(), admin.email, admin.password)
    other.log_in()

    with changes.database.reading_fresh() as connection:
        kept = connection.exec_driver_sql("SELECT shown_once FROM browser_sessions WHERE shown_once IS NOT NULL").all()

    assert len(kept) == 1
    assert "clara_" not in str(kept)
    assert other.get("/settings/shown-once").status_code == 410
    assert secret_of(admin.get("/settings/shown-once").text).startswith("clara_")


def test_own_password_is_renewed_by_who_knows_it(person: MakePerson, changes: Changes) -> None:
    """A browser that was left open does not do."""
    admin = person("admin")
    with changes.database.reading() as session:
        own = session.scalars(select(User.id).where(User.email == admin.email)).one()

    assert admin.post(f"/settings/users/{own}/password").location == "/password"
    assert admin.log_in().status_code == 303


def test_somebody_elses_edit_of_a_user_is_not_overwritten(person: MakePerson, changes: Changes, who: Who) -> None:
    """Nor is what another account has ever found."""
    whom = user_id(changes, who)
    stranger = Who(create_account(changes, Who(None, "test", SYSTEM), "Other Business")["id"], "other", SYSTEM)
    theirs = person("super_admin", stranger)

    answer = person("super_admin").post(f"/settings/users/{whom}", follow=True, role="admin", etag="old")

    assert "Somebody else has changed this meanwhile." in text_of(answer)
    assert theirs.get(f"/settings/users/{whom}").status_code == 404
    assert theirs.post(f"/settings/users/{whom}/delete").status_code == 404
    assert theirs.get(f"/settings/users/{2**63}").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"email": "nobody"}, "email", "“nobody” is not an e-mail address."),
        ({"email": "super-admin@example.com"}, "email", "There is already a user"),
        ({"role": "king"}, "role", "A role is one of"),
    ],
)
def test_refused_edit_of_a_user_keeps_what_was_typed(
    person: MakePerson, changes: Changes, who: Who, wrong: dict[str, str], field: str, sentence: str
) -> None:
    """And says at its field why; what was seen stays what was seen."""
    user = create_user(changes, who, NEW, "member")
    typed = {"email": "other@example.com", "role": "admin"} | wrong

    answer = person("super_admin").post(f"/settings/users/{user['id']}", **typed, etag=user["etag"])

    assert answer.status_code in (409, 422)
    assert sentence in problem_at(answer, field)
    assert f'value="{typed["email"]}"' in answer.text
    assert ('value="admin" selected' in answer.text) == (field == "email")
    assert f'name="etag" value="{user["etag"]}"' in answer.text


def test_what_somebody_else_made_of_a_user_is_shown(person: MakePerson, changes: Changes, who: Who) -> None:
    """Beside what was typed."""
    user = create_user(changes, who, NEW, "member")
    edit_user(changes, who, user["id"], role="admin")

    answer = person("super_admin").post(
        f"/settings/users/{user['id']}", email="other@example.com", role="member", etag=user["etag"]
    )

    assert answer.status_code == 412
    assert f"Now it has: E-mail: {NEW} Role: Admin" in text_of(answer)
    assert 'value="other@example.com"' in answer.text


def test_token_is_shown_once_works_and_is_revoked(app: Flask, person: MakePerson) -> None:
    """From the next request on."""
    admin, program = person("admin"), app.test_client()
    created = admin.post("/settings/tokens", follow=True, name="<b>booking</b>", role="member")
    token = {"Authorization": f"Bearer {secret_of(created.text)}"}
    listed = admin.get("/settings/tokens")
    [path] = set(re.findall(r"/settings/tokens/\d+/revoke", listed.text))

    assert program.get("/api/v1/numbers", headers=token).status_code == 200
    assert secret_of(created.text) not in listed.text
    assert "<b>booking</b> Member" in text_of(listed)
    assert "<b>booking" not in listed.text
    assert "Revoke the token “<b>booking</b>”?" in text_of(admin.get(path))
    revoked = admin.post(path, follow=True)

    assert "lets nobody in any more. In force on every server." in text_of(revoked)
    assert program.get("/api/v1/numbers", headers=token).status_code == 401


def test_token_is_refused_in_words(person: MakePerson) -> None:
    """To a Member at all, to an Admin one that may more; a name is needed, and what was typed stays."""
    admin = person("admin")

    assert "This needs the role Admin" in text_of(person("member").post("/settings/tokens", follow=True, name="x"))
    above = admin.post("/settings/tokens", name="kept", role="super_admin")
    assert above.status_code == 403
    assert 'value="kept"' in above.text
    assert admin.post("/settings/tokens", name=" ", role="member").status_code == 422
    assert admin.get("/settings/tokens/99/revoke").status_code == 404
