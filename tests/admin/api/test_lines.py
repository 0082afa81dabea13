"""/numbers/…/lines: register, verify and remove lines; what to dial to forward them."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.admin.api.conftest import Api
from tests.conftest import Answer

LINE = "+14155550150"


@pytest.fixture
def path(number: dict[str, Any]) -> str:
    """Where the lines of the business's number are."""
    return f"/numbers/{number['id']}/lines"


def test_line_is_registered_found_and_removed(api: Api, path: str) -> None:
    """It is where Location says."""
    added = api.post(path, json={"phone_number": "+1 (415) 555-0150"})
    assert (added.status_code, added.json["phone_number"], added.json["state"]) == (201, LINE, "registered")
    assert added.headers["Location"] == f"/api/v1{path}/{added.json['id']}"
    [listed] = api.get(path).json
    assert api.get(f"{path}/{listed['id']}").json == listed

    assert api.delete(f"{path}/{listed['id']}").status_code == 200

    assert api.get(path).json == []
    assert api.get(f"{path}/{listed['id']}").status_code == 404


def test_line_turns_verified_by_a_call_through_it(
    app: Flask, api: Api, path: str, twilio_post: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call is named; before, it waits until a moment."""
    monkeypatch.setattr("routing.deadline.DATABASE_SECONDS", 10.0)
    line = f"{path}/{api.post(path, json={'phone_number': LINE}).json['id']}"
    waiting = api.post(f"{line}/verify", json={"test_phone": "+14155550198"}).json
    assert (waiting["state"], waiting["test_phone"]) == ("waiting", "+14155550198")
    assert waiting["verify_until"] > waiting["verifying_since"]

    twilio_post(ForwardedFrom=LINE)
    app.extensions["keeper"].drain()

    shown = api.get(line).json
    assert (shown["state"], shown["verified_by"]) == ("verified", "CA" + "1" * 32)
    assert shown["last_call_at"] == shown["verified_at"]


@pytest.mark.parametrize(("phone_number", "status"), [("+14155550100", 409), ("+14155550182", 409), ("0800", 422)])
def test_unusable_line_is_refused(api: Api, path: str, phone_number: str, status: int) -> None:
    """A number of ours, one that the number's agent dials, and what is no number."""
    assert api.post(path, json={"phone_number": phone_number}).status_code == status
    assert api.get(path).json == []


def test_codes_are_those_of_the_country(api: Api, path: str) -> None:
    """The number's own, unless said."""
    codes = path.replace("lines", "forwarding-codes")

    assert api.get(codes).json["country"] == "US"
    assert api.get(f"{codes}?country=FR").json["carriers"][0]["codes"][0]["activate"] == "**21*+14155550100#"
