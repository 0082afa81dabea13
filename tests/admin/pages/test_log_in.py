"""Who gets in, how guesses are stopped, and that a session ends when it is said to end."""

from collections.abc import Callable

import pytest
from flask import Flask

from admin.pages.guard import client_address
from operations.changes import Changes
from operations.guesses import GUESSES_FOR_AN_EMAIL, GUESSES_FROM_AN_ADDRESS
from tests.admin.pages.conftest import Person, text_of

MakePerson = Callable[..., Person]
NEW_PASSWORD = "correct horse battery"


def test_stranger_is_sent_to_the_log_in_and_back_again(app: Flask, person: MakePerson) -> None:
    """With the page that was wanted, filters included."""
    stranger = person("member", is_logged_in=False)

    sent = stranger.get("/numbers?status=paused")
    entered = stranger.client.post(
        "/log-in", data={"email": stranger.email, "password": stranger.password, "next": "/numbers?status=paused"}
    )

    assert (sent.status_code, sent.location) == (303, "/log-in?next=/numbers?status%3Dpaused")
    assert (entered.status_code, entered.location) == (303, "/numbers?status=paused")


def test_newcomer_is_told_where_the_first_password_is(make_app: Callable[..., Flask]) -> None:
    """Where calls are simulated, and nowhere else: it would only help strangers there."""
    simulated, real = (
        make_app(twilio_account_sid="", twilio_auth_token=()).test_client().get("/log-in"),
        make_app().test_client().get("/log-in"),
    )

    assert "make run has said an e-mail address and a password where it was started" in text_of(simulated)
    assert "make run" not in text_of(real)


@pytest.mark.parametrize("wanted", ["https://evil.example", "//evil.example/x", "/\\evil.example", "javascript:1", ""])
def test_nobody_is_sent_to_another_site_after_the_log_in(person: MakePerson, wanted: str) -> None:
    """A link to our log-in must not end on somebody else's."""
    stranger = person("member", is_logged_in=False)

    entered = stranger.client.post(
        "/log-in", data={"email": stranger.email, "password": stranger.password, "next": wanted}
    )

    assert entered.status_code == 303
    assert entered.location.startswith("/")
    assert not entered.location.startswith(("//", "/\\"))


def test_wrong_password_and_unknown_person_get_the_same_answer(person: MakePerson) -> None:
    """Nobody finds out who has an account here."""
    stranger = person("member", is_logged_in=False)

    wrong = stranger.log_in("wrong")
    unknown = stranger.client.post("/log-in", data={"email": "nobody@example.com", "password": "wrong"})

    assert wrong.status_code == unknown.status_code == 401
    assert text_of(wrong).replace(stranger.email, "") == text_of(unknown).replace("nobody@example.com", "")


@pytest.mark.parametrize("password", ["x" * 1_000_001, "x" * 900_000, "\x00", "\ud800", ""])
def test_strange_password_is_only_wrong(person: MakePerson, password: str) -> None:
    """A megabyte is not hashed, and no character makes an error of ours."""
    stranger = person("member", is_logged_in=False)

    answer = stranger.client.post(
        "/log-in", data={"email": stranger.email.encode(), "password": password.encode(errors="surrogatepass")}
    )

    assert answer.status_code in (401, 413)


def test_guesses_at_an_account_are_stopped(person: MakePerson) -> None:
    """After ten of them even the right password waits, from wherever it comes, in whatever spelling of the e-mail."""
    stranger = person("member", is_logged_in=False)
    for _ in range(GUESSES_FOR_AN_EMAIL):
        assert stranger.log_in("wrong").status_code == 401

    again = stranger.client.post("/log-in", data={"email": stranger.email.upper(), "password": stranger.password})

    assert again.status_code == 429
    assert "quarter of an hour" in text_of(again)


def test_guesses_from_an_address_are_stopped_whoever_they_are_at(person: MakePerson) -> None:
    """One password tried on many accounts is guessing too."""
    stranger = person("member", is_logged_in=False)
    codes = [
        stranger.client.post("/log-in", data={"email": f"p{index}@example.com", "password": "x" * 300}).status_code
        for index in range(GUESSES_FROM_AN_ADDRESS + 1)
    ]

    assert codes == [401] * GUESSES_FROM_AN_ADDRESS + [429]


@pytest.mark.parametrize(
    ("trusted_proxies", "told", "address"),
    [
        (0, "192.0.2.1", "127.0.0.1"),
        (1, "192.0.2.1", "192.0.2.1"),
        (1, "203.0.113.9, 192.0.2.1", "192.0.2.1"),
        (2, "203.0.113.9, 192.0.2.1, 198.51.100.7", "192.0.2.1"),
        (2, "192.0.2.1", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_address_is_what_our_own_proxies_saw(
    make_app: Callable[..., Flask], trusted_proxies: int, told: str, address: str
) -> None:
    """What a browser claims itself stands further left and is not believed."""
    app = make_app(trusted_proxies=trusted_proxies)
    with app.test_request_context(headers={"X-Forwarded-For": told}, environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        assert client_address() == address


def test_right_password_does_not_count_as_a_guess(person: MakePerson) -> None:
    """Whoever logs in often is not locked out."""
    somebody = person("member")

    assert {somebody.log_in().status_code for _ in range(GUESSES_FOR_AN_EMAIL + 2)} == {303}


def test_log_out_ends_the_session_for_every_copy_of_its_cookie(app: Flask, person: MakePerson) -> None:
    """Not only in the browser that was told to forget it."""
    somebody, copy = person("member"), app.test_client()
    copy.set_cookie("__Host-clara", somebody.client.get_cookie("__Host-clara").value)
    assert copy.get("/numbers").status_code == 200

    somebody.post("/log-out")

    assert copy.get("/numbers").status_code == 303


def test_guesses_at_the_old_password_are_stopped(person: MakePerson) -> None:
    """Whoever finds a browser logged in must not find out the password there."""
    finder = person("member")
    form = {"old": "wrong", "new": "another password"}
    codes = [finder.post("/password", **form).status_code for _ in range(GUESSES_FOR_AN_EMAIL + 1)]

    assert codes == [401] * GUESSES_FOR_AN_EMAIL + [429]


def test_new_password_ends_every_other_session(app: Flask, person: MakePerson) -> None:
    """Whoever stole one is out; the browser in which it was changed stays."""
    somebody = person("member")
    thief = Person(app.test_client(), somebody.email, somebody.password)
    thief.log_in()

    changed = somebody.post("/password", follow=True, old=somebody.password, new=NEW_PASSWORD)

    assert "Your password is changed" in text_of(changed)
    assert thief.get("/numbers").status_code == 303
    assert thief.log_in().status_code == 401
    assert thief.log_in(NEW_PASSWORD).status_code == 303


@pytest.mark.parametrize(("old", "new"), [("wrong", NEW_PASSWORD), (None, "short"), (None, "x" * 201), (None, None)])
def test_unusable_new_password_changes_nothing(person: MakePerson, old: str | None, new: str | None) -> None:
    """Too short, too long, the old one again, or asked for by somebody who does not know the old one."""
    somebody = person("member")

    answer = somebody.post("/password", old=old or somebody.password, new=new or somebody.password)

    assert answer.status_code in (401, 422)
    assert somebody.log_in().status_code == 303


def test_session_is_another_one_after_each_log_in(person: MakePerson) -> None:
    """A cookie that somebody planted before is worth nothing (session fixation)."""
    somebody = person("member")
    first = somebody.client.get_cookie("__Host-clara").value
    somebody.log_in()

    assert somebody.client.get_cookie("__Host-clara").value != first


def test_cookie_is_kept_from_scripts_and_other_sites(person: MakePerson) -> None:
    """And, under https, from every other host and from plain http."""
    header = person("member", is_logged_in=False).log_in().headers["Set-Cookie"]

    assert header.startswith("__Host-clara=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(header.split("; "))


def test_secret_of_a_session_is_nowhere_in_the_database(person: MakePerson, changes: Changes) -> None:
    """Whoever reads a backup cannot be somebody else."""
    secret = person("member").client.get_cookie("__Host-clara").value

    with changes.database.reading_fresh() as connection:
        rows = connection.exec_driver_sql("SELECT secret_hash, said, browser, address FROM browser_sessions").all()

    assert rows
    assert secret not in str(rows)
