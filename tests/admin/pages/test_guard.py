"""Every page says what it needs; nothing is written that another site made a browser send."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from admin.pages.guard import PUBLIC
from models import BrowserSession
from operations.changes import Changes
from operations.log_in import IDLE_FOR
from operations.permissions import LEAST_ROLES
from tests.admin.pages.conftest import Person
from tests.conftest import PROJECT

MakePerson = Callable[..., Person]


def test_every_page_names_an_action_of_the_table(app: Flask) -> None:
    """All but the log-in and the static files."""
    views = {name: view for name, view in app.view_functions.items() if name.startswith("pages.")}

    unguarded = {name for name, view in views.items() if getattr(view, "action", None) not in LEAST_ROLES}
    assert len(views) > 5
    assert unguarded == PUBLIC


def test_form_without_the_sessions_token_is_refused(person: MakePerson) -> None:
    """And so is one with the token of another session."""
    somebody, other = person("member"), person("admin")

    missing = somebody.client.post("/log-out")
    foreign = somebody.client.post("/log-out", data={"csrf_token": other.csrf_token()})
    strange = somebody.client.post("/log-out", data={"csrf_token": "é\ud800".encode(errors="surrogatepass")})

    assert [answer.status_code for answer in (missing, foreign, strange)] == [403, 403, 403]
    assert somebody.get("/numbers").status_code == 200


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
@pytest.mark.parametrize("path", ["/log-out", "/log-in"])
def test_form_of_another_site_is_refused(person: MakePerson, headers: dict[str, str], path: str) -> None:
    """The log-in too: nobody is made to use somebody else's account."""
    somebody = person("member")
    form = {"csrf_token": somebody.csrf_token(), "email": somebody.email, "password": somebody.password}

    assert somebody.client.post(path, data=form, headers=headers).status_code == 403


def test_browsers_are_told_to_be_careful(person: MakePerson) -> None:
    """No script but ours, no frame, no guessing of types, no copy kept."""
    headers = person("member").get("/numbers").headers

    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Strict-Transport-Security"].startswith("max-age=")


def seen_at(changes: Changes) -> datetime:
    """Return when the one session was last seen."""
    with changes.database.reading() as session:
        return session.scalars(select(BrowserSession.seen_at)).one()


def test_page_that_asks_by_itself_keeps_no_session_alive(person: MakePerson, changes: Changes) -> None:
    """Twelve hours after somebody was last there it ends, however often an open page has asked; a click keeps it."""
    somebody, an_hour_ago = person("member"), datetime.now(UTC) - timedelta(hours=1)
    with changes.database.writing() as session:
        session.execute(update(BrowserSession).values(seen_at=an_hour_ago))

    polled = somebody.get("/calls", headers={"HX-Request": "true", "X-Polling": "true"})
    after_poll = seen_at(changes)
    somebody.get("/calls")

    assert polled.status_code == 200
    assert after_poll == an_hour_ago
    assert seen_at(changes) > an_hour_ago


def test_poll_of_an_ended_session_leads_to_the_log_in_and_back(person: MakePerson, changes: Changes) -> None:
    """The whole page goes there, and no piece of the log-in lands in it; another site's address is not believed."""
    somebody = person("member")
    with changes.database.writing() as session:
        session.execute(update(BrowserSession).values(seen_at=datetime.now(UTC) - IDLE_FOR))
    asked = {"HX-Request": "true", "X-Polling": "true"}

    answers = [
        somebody.get("/calls", headers=asked | {"HX-Current-URL": f"https://{host}/calls?status=busy"})
        for host in ("localhost", "evil.example")
    ]

    assert [answer.headers["HX-Redirect"] for answer in answers] == [
        "/log-in?next=/calls?status%3Dbusy",
        "/log-in?next=/",
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, "")}


def test_whatever_asks_by_itself_says_so() -> None:
    """Each element of a template that htmx triggers by time, or by our own clock."""
    tags = [
        (path.name, tag)
        for path in (PROJECT / "admin" / "templates").rglob("*.html")
        for tag in re.findall(r"hx-trigger=\"(?:every|live)[^>]*", path.read_text())
    ]

    assert len(tags) >= 5
    assert [found for found in tags if "m.polls()" not in found[1]] == []


def test_webhook_gets_none_of_the_pages_headers_and_cookies(twilio_post: Callable[..., object], app: Flask) -> None:
    """The call path has nothing to do with browsers."""
    answer = app.test_client().post("/twilio/voice")

    assert "Set-Cookie" not in answer.headers
    assert "Content-Security-Policy" not in answer.headers


def test_address_that_is_nowhere_has_a_page_for_browsers(app: Flask) -> None:
    """Which leads to the start page; programs get what they understand."""
    client = app.test_client()

    page = client.get("/nothing-here", headers={"Accept": "text/html,*/*;q=0.8"})
    problem = client.get("/api/v1/nothing-here", headers={"Accept": "text/html,*/*;q=0.8"})
    short = client.get("/nothing-here")

    assert (page.status_code, problem.status_code, short.status_code) == (404, 404, 404)
    assert 'href="/"' in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert problem.content_type == "application/problem+json"
    assert "stylesheet" not in short.text


def test_who_is_logged_in_is_told_where_the_time_went(person: MakePerson) -> None:
    """The database's part is a part of the whole, and a page asks the database."""
    said = person("member").get("/numbers").headers["Server-Timing"]

    total, database = (float(part.partition("dur=")[2]) for part in said.split(", "))
    assert said.startswith("total;dur=")
    assert total >= database > 0


def test_strangers_are_told_no_times(client: FlaskClient) -> None:
    """How long a log-in takes could tell whom we know."""
    answers = [client.get("/numbers"), client.get("/log-in"), client.post("/log-in", data={"email": "a@example.com"})]

    assert not any("Server-Timing" in answer.headers for answer in answers)
