"""A small business behind the API, with a token for each role, and another business that must not be seen."""

from collections.abc import Callable
from functools import partialmethod
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from admin.api.answers import PREFIX
from models import Number
from operations.accounts import create_account
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.locations import create_location
from operations.pause_number import pause_number
from operations.permissions import ADMIN, MEMBER, SUPER_ADMIN, SYSTEM
from operations.release_number import release_number
from operations.tokens import create_token
from tests.admin.api.checked import check_answer

NUMBER = "+14155550100"
OTHERS = ("+14155550101", "+14155550102", "+14155550103", "+14155550104")
ROLES = (MEMBER, ADMIN, SUPER_ADMIN)


class Api:
    """A client with a token: `api.get("/numbers")`. Each answer is checked against the OpenAPI document."""

    def __init__(self, app: Flask, token: str | None) -> None:
        self.app, self.token = app, token

    def ask(self, method: str, path: str, **request: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= request.pop("headers", {})
        answer = self.app.test_client().open(PREFIX + path, method=method, headers=headers, **request)
        check_answer(self.app, method, PREFIX + path, answer)
        return answer

    get = partialmethod(ask, "GET")
    post = partialmethod(ask, "POST")
    put = partialmethod(ask, "PUT")
    patch = partialmethod(ask, "PATCH")
    delete = partialmethod(ask, "DELETE")


@pytest.fixture
def number(changes: Changes, who: Who) -> dict[str, Any]:
    """An active number of Clara's, Downtown; the account also has an agent Bruno and a location Airport."""
    create_agent(changes, who, "Clara", "phone", "+14155550182", "+14155550183")
    create_agent(changes, who, "Bruno", "client", "front-desk")
    create_location(changes, who, "Downtown", "America/Los_Angeles")
    create_location(changes, who, "Airport")
    return add_number(changes, who, NUMBER, "Clara", "Downtown", "Main line")[0]


@pytest.fixture
def numbers(changes: Changes, who: Who, number: dict[str, Any]) -> list[str]:
    """Five numbers: one active, one paused, one without an agent, one pending, one that Twilio still has."""
    add_number(changes, who, OTHERS[0], "Bruno", "Airport", "50% off_line")
    pause_number(changes, who, OTHERS[0])
    add_number(changes, who, OTHERS[1], None, "Airport")
    add_number(changes, who, OTHERS[2], "Bruno", status="pending")
    add_number(changes, who, OTHERS[3])
    release_number(changes, who, OTHERS[3])
    with changes.database.writing() as session:
        session.execute(update(Number).where(Number.phone_number == OTHERS[3]).values(sid="PN" + "0" * 32))
    return [NUMBER, *OTHERS]


@pytest.fixture
def other(changes: Changes) -> Who:
    """Somebody of another account."""
    return Who(create_account(changes, Who(None, "test", SYSTEM), "Other Business")["id"], "stranger", SYSTEM)


@pytest.fixture
def api_of(app: Flask, changes: Changes, who: Who) -> Callable[..., Api]:
    """Make a client: `api_of("member")` of the business, `api_of("admin", other)` of another account."""

    def make(role: str, whose: Who = who) -> Api:
        return Api(app, create_token(changes, whose, role, f"the {role}’s")["token"])

    return make


@pytest.fixture
def api(api_of: Callable[..., Api]) -> Api:
    """A client with the token of a Super Admin, who may do everything in the account."""
    return api_of(SUPER_ADMIN)


@pytest.fixture
def stranger(api_of: Callable[..., Api], other: Who) -> Api:
    """A client with the token of another account's Super Admin."""
    return api_of(SUPER_ADMIN, other)


@pytest.fixture
def nobody(app: Flask) -> Api:
    """A client without a token."""
    return Api(app, None)
