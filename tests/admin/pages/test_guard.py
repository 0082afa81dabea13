"""Every page says what it needs; nothing is written that another site made a browser send."""

from collections.abc import Callable

import pytest
from flask import Flask

from admin.pages.guard import PUBLIC
from operations.permissions import LEAST_ROLES
from tests.admin.pages.conftest import Person

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


def test_webhook_gets_none_of_the_pages_headers_and_cookies(twilio_post: Callable[..., object], app: Flask) -> None:
    """The call path has nothing to do with browsers."""
    answer = app.test_client().post("/twilio/voice")

    assert "Set-Cookie" not in answer.headers
    assert "Content-Security-Policy" not in answer.headers
