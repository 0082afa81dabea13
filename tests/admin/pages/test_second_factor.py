"""The second factor: turned on with a code, asked for at the log-in, guessed in vain, recovered, reset."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import pyotp
import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from models import BrowserSession, Change, RecoveryCode, User
from operations.changes import Changes, Who
from operations.guesses import GUESSES_FOR_AN_EMAIL
from operations.log_in import CODE_WITHIN_SECONDS
from operations.users import create_user
from tests.admin.pages.conftest import Person, text_of

MakePerson = Callable[..., Person]
NOON = 1_800_000_000
PAGE = "/settings/you/second-factor"
WRONG = "This code is not right, or was used before."


@dataclass
class Clock:
    """The telephone's and the server's clock, in seconds since 1970; it moves when it is told to."""

    now: float = NOON

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock for the codes and for how long a log-in waits for one."""
    clock = Clock()
    monkeypatch.setattr("operations.one_time_codes.time", clock)
    monkeypatch.setattr("operations.log_in.time", clock)
    return clock


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that take no time: how long one takes is no matter of these tests."""
    quick = partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("operations.passwords.PasswordHasher", quick)


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The router, with a key to seal with."""
    return make_app(secret_key="5" * 64)


def field_of(page: TestResponse, name: str) -> str:
    """Return what a hidden field of a page holds."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def secret_of(page: TestResponse) -> str:
    found = re.search(r'id="secret">([^<]+)<', page.text)
    assert found, page.text
    return found[1]


@dataclass
class Owner:
    """Somebody with a telephone whose app has the secret of their second factor."""

    person: Person
    clock: Clock
    secret: str = ""
    recovery_codes: list[str] = field(default_factory=list)

    def code(self, seconds: int = 0) -> str:
        """Return what the app shows now, or some seconds later."""
        return pyotp.TOTP(self.secret).at(int(self.clock.now) + seconds)

    def turn_on(self, code: str | None = None, password: str | None = None) -> TestResponse:
        shown = self.person.get(PAGE)
        self.secret, sealed = secret_of(shown), field_of(shown, "sealed")
        sent = {"sealed": sealed, "password": password or self.person.password, "code": code or self.code()}
        answer = self.person.post(f"{PAGE}/on", follow=True, **sent)
        if answer.status_code == 200:
            self.recovery_codes = secret_of(answer).split()
        return answer

    def give_password(self) -> str:
        """Log in as far as the password leads; return the proof."""
        return field_of(self.person.log_in(), "proof")

    def log_in(self, code: str, proof: str | None = None) -> TestResponse:
        proof = proof or self.give_password()
        return self.person.client.post("/log-in/code", data={"proof": proof, "code": code, "next": "/calls"})

    def turn_off(self, code: str, password: str | None = None) -> TestResponse:
        sent = {"password": password or self.person.password, "code": code}
        return self.person.post(f"{PAGE}/off", follow=True, **sent)


@pytest.fixture
def owner(person: MakePerson, clock: Clock) -> Owner:
    """A Member whose second factor is on; a minute has passed since."""
    made = Owner(person("member"), clock)
    assert made.turn_on().status_code == 200
    clock.now += 60
    return made


def test_log_in_asks_for_the_code_after_the_password(owner: Owner) -> None:
    """No session is there before; afterwards one is where one wanted to go. Spaces do not matter."""
    owner.person.client.delete_cookie("__Host-clara")
    asked = owner.person.log_in()
    outside = owner.person.get("/numbers")
    code = owner.code()
    entered = owner.log_in(f" {code[:3]} {code[3:]} ", field_of(asked, "proof"))

    assert asked.status_code == 200
    assert "Set-Cookie" not in asked.headers
    assert outside.status_code == 303
    assert (entered.status_code, entered.location) == (303, "/calls")
    assert owner.person.get("/numbers").status_code == 200


def test_log_in_without_a_second_factor_asks_for_no_code(owner: Owner, person: MakePerson) -> None:
    """It is optional, for each user."""
    assert person("admin", is_logged_in=False).log_in().status_code == 303


@pytest.mark.parametrize(("seconds", "status"), [(-60, 401), (-30, 303), (0, 303), (30, 303), (60, 401)])
def test_code_holds_one_step_to_each_side(owner: Owner, clock: Clock, seconds: int, status: int) -> None:
    """Thirty seconds too early or too late; no more."""
    clock.now += 600

    assert owner.log_in(owner.code(seconds)).status_code == status


def test_code_is_taken_once(owner: Owner) -> None:
    """Whoever looked over a shoulder comes too late; so does an older one that was not used."""
    older, code = owner.code(-30), owner.code()

    first, again, before = owner.log_in(code), owner.log_in(code), owner.log_in(older)

    assert first.status_code == 303
    assert again.status_code == before.status_code == 401
    assert WRONG in text_of(again)


def test_code_that_turned_it_on_does_not_log_in(person: MakePerson, clock: Clock) -> None:
    """It was used with that."""
    owner = Owner(person("member"), clock)
    owner.turn_on()

    assert owner.log_in(owner.code()).status_code == 401


@pytest.mark.parametrize("code", ["", "000000", "12345", "1234567", "é١٢٣٤٥", "x" * 100_000])
def test_wrong_code_lets_nobody_in(owner: Owner, code: str) -> None:
    """Whatever it is made of, and the question stays."""
    answer = owner.log_in(code)

    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers
    assert field_of(answer, "proof")


def test_guesses_at_codes_are_stopped_as_those_at_passwords_are(owner: Owner, clock: Clock) -> None:
    """After ten even the right code waits, and so does the password."""
    proof = owner.give_password()
    statuses = {owner.log_in("000000", proof).status_code for _ in range(GUESSES_FOR_AN_EMAIL)}

    assert statuses == {401}
    assert owner.log_in(owner.code(), proof).status_code == 429
    assert owner.person.log_in().status_code == 429


def test_password_of_a_log_in_holds_for_ten_minutes(owner: Owner, clock: Clock) -> None:
    """Then both are asked for again."""
    proof = owner.give_password()
    clock.now += CODE_WITHIN_SECONDS + 1

    answer = owner.log_in(owner.code(), proof)

    assert answer.status_code == 401
    assert "That took too long. Please log in again." in text_of(answer)


def test_proof_of_a_password_cannot_be_made_up_or_outlive_it(owner: Owner, person: MakePerson) -> None:
    """Neither by who knows no password, nor after it was renewed."""
    proof = owner.give_password()
    other = Owner(person("admin"), owner.clock)
    other.turn_on()
    owner.person.post("/password", old=owner.person.password, new="correct horse battery")

    for false in ("", "x", proof, proof[:-4] + "AAAA", other.give_password()[::-1]):
        assert owner.log_in(owner.code(), false or "-").status_code == 401


def test_recovery_code_lets_in_once(owner: Owner) -> None:
    """However it is written; the page says how many are left."""
    code = owner.recovery_codes[0]

    first, again = owner.log_in(code.lower().replace("-", " ")), owner.log_in(code)
    owner.log_in(owner.recovery_codes[1])

    assert len({*owner.recovery_codes}) == 10
    assert (first.status_code, again.status_code) == (303, 401)
    assert "8 recovery codes are left" in text_of(owner.person.get("/settings/you"))


def test_use_of_a_recovery_code_is_in_the_audit_trail(owner: Owner) -> None:
    """With who, when and how many are left; a wrong one is not, nor is a code of the app."""
    for code in (owner.recovery_codes[0], owner.recovery_codes[0], owner.code(), owner.recovery_codes[1]):
        owner.log_in(code)

    trail = text_of(owner.person.get("/settings/changes"))
    assert trail.count("logged in with a recovery code") == 2
    assert f"{owner.person.email} logged in with a recovery code; 9 are left" in trail
    assert "8 are left" in trail


def test_page_warns_when_few_recovery_codes_are_left(owner: Owner) -> None:
    """Before there is none."""
    warning = "For ten new ones turn the second factor off and on again."
    for code in owner.recovery_codes[:7]:
        owner.log_in(code)
    enough = text_of(owner.person.get("/settings/you"))
    owner.log_in(owner.recovery_codes[7])
    few = text_of(owner.person.get("/settings/you"))

    assert "3 recovery codes are left" in enough
    assert warning not in enough
    assert "2 recovery codes are left" in few
    assert warning in few


def test_recovery_code_of_somebody_else_is_worth_nothing(owner: Owner, person: MakePerson) -> None:
    """Each is one user's own."""
    other = Owner(person("admin"), owner.clock)
    other.turn_on()

    assert owner.log_in(other.recovery_codes[0]).status_code == 401


def test_turning_it_on_needs_the_password_and_a_code(person: MakePerson, clock: Clock) -> None:
    """Until then nothing is on, and the secret stays the one that was scanned."""
    owner = Owner(person("member"), clock)

    no_code, no_password = owner.turn_on(code="000000"), owner.turn_on(password="wrong")

    assert no_code.status_code == no_password.status_code == 401
    assert secret_of(no_password) == owner.secret
    assert "Second factor: off" in text_of(owner.person.get("/settings/you"))


def test_secret_that_was_not_proposed_here_is_not_taken(person: MakePerson, clock: Clock) -> None:
    """Nobody makes somebody else's browser turn on what they know themselves."""
    owner, other = Owner(person("member"), clock), Owner(person("admin"), clock)
    theirs = other.person.get(PAGE)
    other.secret = secret_of(theirs)

    sent = {"sealed": field_of(theirs, "sealed"), "password": owner.person.password, "code": other.code()}
    answer = owner.person.post(f"{PAGE}/on", **sent)

    assert answer.status_code == 401
    assert "Second factor: off" in text_of(owner.person.get("/settings/you"))


def test_turning_it_on_and_off_ends_the_other_sessions(app: Flask, person: MakePerson, clock: Clock) -> None:
    """Whoever got in before, with the password alone, is out; the browser in which it is done stays."""
    owner = Owner(person("member"), clock)
    thief = Person(app.test_client(), owner.person.email, owner.person.password)
    thief.log_in()
    owner.turn_on()
    assert thief.get("/numbers").status_code == 303
    thief.client.post("/log-in/code", data={"proof": owner.give_password(), "code": owner.recovery_codes[0]})
    assert thief.get("/numbers").status_code == 200
    clock.now += 60

    off = owner.turn_off(owner.code())

    assert "Your second factor is off" in text_of(off)
    assert thief.get("/numbers").status_code == 303
    assert owner.person.log_in().status_code == 303


@pytest.mark.parametrize(("code", "password"), [("000000", None), (None, "wrong")])
def test_turning_it_off_needs_the_password_and_a_code(owner: Owner, code: str | None, password: str | None) -> None:
    """A browser that was left open is not enough."""
    answer = owner.turn_off(code or owner.code(), password)

    assert answer.status_code == 401
    assert "Second factor: on" in text_of(owner.person.get("/settings/you"))


def test_admin_resets_a_lost_second_factor(owner: Owner, person: MakePerson) -> None:
    """After a question; the user is logged out, and the old codes are worth nothing."""
    admin = person("admin")
    path = re.search(r"/settings/users/\d+", admin.get("/settings/users").text)
    assert path
    asked = admin.get(f"{path[0]}/second-factor")
    done = admin.post(f"{path[0]}/second-factor", follow=True)

    assert f"Reset the second factor of {owner.person.email}?" in text_of(asked)
    assert "logs in with the password alone" in text_of(done)
    assert owner.person.get("/numbers").status_code == 303
    assert owner.person.log_in().status_code == 303


def test_reset_is_refused_to_who_may_not(owner: Owner, person: MakePerson, changes: Changes) -> None:
    """To Members, to Admins where a Super Admin is meant, and to everybody for themselves."""
    chief, admin = Owner(person("super_admin"), owner.clock), person("admin")
    chief.turn_on()
    with changes.database.reading() as session:
        ids = {user.email: user.id for user in session.scalars(select(User))}
    path = f"/settings/users/{ids[chief.person.email]}/second-factor"

    answers = [text_of(somebody.post(path, follow=True)) for somebody in (owner.person, admin, chief.person)]

    assert "This needs the role Admin" in answers[0]
    assert "Only a Super Admin manages who is Super Admin." in answers[1]
    assert "You turn your own second factor off with a code" in answers[2]
    assert "Second factor: on" in text_of(chief.person.get("/settings/you"))


def test_no_secret_is_in_the_database_or_the_audit_trail(owner: Owner, changes: Changes, who: Who) -> None:
    """Whoever reads a backup makes no codes; the trail says that it was done."""
    with changes.database.reading() as session:
        tables = (User, RecoveryCode, Change, BrowserSession)
        kept = str([[vars(row) for row in session.scalars(select(table))] for table in tables])
        actions = [change.action for change in session.scalars(select(Change))]

    assert "user.second_factor_on" in actions
    assert owner.secret not in kept
    assert not [code for code in owner.recovery_codes if code in kept or code.replace("-", "") in kept]


def test_other_secret_key_is_said_and_lets_nobody_in(owner: Owner, make_app: Callable[..., Flask]) -> None:
    """What was sealed with another one cannot be read: a reset helps, the password alone does not."""
    other = make_app(secret_key="6" * 64, data_dir="other-host").test_client()
    sent = {"email": owner.person.email, "password": owner.person.password}
    proof = field_of(other.post("/log-in", data=sent), "proof")

    answer = other.post("/log-in/code", data={"proof": proof, "code": owner.code()})

    assert answer.status_code == 503
    assert "Please ask an Admin or the operator to reset it." in text_of(answer)


def test_without_a_secret_key_there_is_none(owner: Owner, make_app: Callable[..., Flask]) -> None:
    """It would lie in the clear; and who has one already is not let in without."""
    client = make_app(secret_key="", data_dir="other-host").test_client()

    answer = client.post("/log-in", data={"email": owner.person.email, "password": owner.person.password})

    assert answer.status_code == 503
    assert "SECRET_KEY" in text_of(answer)


def test_page_says_why_there_is_none(make_app: Callable[..., Flask], owner: Owner, changes: Changes, who: Who) -> None:
    """Where the operator has set no key."""
    user = create_user(changes, who, "other@example.com", "member", must_change_password=False)
    other = Person(make_app(secret_key="", data_dir="other-host").test_client(), user["email"], user["password"])
    other.log_in()

    answer = other.get(PAGE, follow_redirects=True)

    assert answer.request.path == "/settings/you"
    assert "A second factor needs a SECRET_KEY" in text_of(answer)
    assert 'href="/settings/you/second-factor"' not in answer.text
