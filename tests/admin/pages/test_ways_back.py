"""Where one comes back to from the page of a refused form: to one that a browser can load, of this site."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from models import BrowserSession
from operations.changes import Changes, Who
from operations.log_in import IDLE_FOR
from tests.admin.pages.conftest import Person
from tests.admin.pages.number_page import make_number

MakePerson = Callable[..., Person]


@pytest.fixture
def number(changes: Changes, who: Who) -> dict[str, Any]:
    return make_number(changes, who)


@pytest.mark.parametrize("below", ["/lines", "/lines/7/verify", "/test-call", "/pause/x/y/z", "/lines?x=1"])
def test_nobody_is_sent_to_where_only_forms_go(person: MakePerson, number: dict[str, Any], below: str) -> None:
    """A refused form's page is shown at its address: the page above it is where one comes back to."""
    member, path = person("member"), f"/numbers/{number['id']}"
    shown = path if "pause" not in below else f"{path}/pause"
    there = {"Referer": f"http://localhost{path}{below}"}

    timezone = member.get("/timezone", headers=there)
    refused = member.client.post(f"{path}/resume", data={"csrf_token": member.csrf_token()}, headers=there)

    assert f'name="back" value="{shown}"' in timezone.text
    assert refused.headers["Location"] == shown


def test_log_in_leads_back_to_a_page(person: MakePerson, changes: Changes, number: dict[str, Any]) -> None:
    """After a session ended below a refused form; an address with no page above it leads to the start."""
    somebody, path = person("member"), f"/numbers/{number['id']}"
    with changes.database.writing() as session:
        session.execute(update(BrowserSession).values(seen_at=datetime.now(UTC) - IDLE_FOR))
    asked = {"HX-Request": "true"}

    ends = [
        somebody.get(path, headers=asked | {"HX-Current-URL": f"http://localhost{shown}"}).headers["HX-Redirect"]
        for shown in (f"{path}/lines", "/a/b/c/d/e/f/g/h/i/j/k/l", "/numbers?status=paused")
    ]

    assert ends == [f"/log-in?next={path}", "/log-in?next=/", "/log-in?next=/numbers?status%3Dpaused"]
