"""Somebody who is logged in, and what a browser without JavaScript does: load a page, fill a form, send it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from operations.changes import Changes, Who
from operations.users import create_user

EMAILS = {role: f"{role.replace('_', '-')}@example.com" for role in ("member", "admin", "super_admin")}


@dataclass
class Person:
    """A browser of somebody's. `post` sends a form with the token that the page would have had in it."""

    client: FlaskClient
    email: str
    password: str

    def log_in(self, password: str | None = None) -> TestResponse:
        return self.client.post("/log-in", data={"email": self.email, "password": password or self.password})

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def post(self, path: str, follow: bool = False, **fields: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.csrf_token()} | fields, follow_redirects=follow)

    def csrf_token(self) -> str:
        """Return the token of this session, from the form of a page."""
        found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', self.client.get("/password").text)
        assert found, "not logged in"
        return found[1]


@pytest.fixture
def person(app: Flask, changes: Changes, who: Who) -> Callable[..., Person]:
    """Log somebody of a role in, in the account of `who` or another one: `person("member")`."""

    def make(role: str = "super_admin", account: Who | None = None, is_logged_in: bool = True) -> Person:
        email = EMAILS[role] if account is None else f"other-{EMAILS[role]}"
        user = create_user(changes, account or who, email, role, must_change_password=False)
        made = Person(app.test_client(), email, user["password"])
        if is_logged_in:
            assert made.log_in().status_code == 303
        return made

    return make


def problem_at(page: TestResponse, field_id: str) -> str:
    """Return what a page says is wrong with a field: what the field is described by, and nothing where it is not."""
    tag = re.search(rf'<(?:input|select)[^>]* id="{field_id}"[^>]*>', page.text)
    assert tag, "no such field"
    is_said = f'aria-describedby="{field_id}-hint"' in tag[0] and 'aria-invalid="true"' in tag[0]
    said = page.text.partition(f'<div class="invalid-feedback" id="{field_id}-hint">')[2].partition("</div>")[0]
    return said if is_said else ""


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.parts.append(dict(attrs).get("alt") or "")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text_of(page: TestResponse) -> str:
    """Return what a person reads on a page, with single spaces; a picture is what it says to who cannot see it."""
    parser = _Text()
    parser.feed(page.text)
    return " ".join(" ".join(parser.parts).split())
