"""`flask numbers get`."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from admin.commands import get as get_command
from operations.twilio_account import TwilioAccount
from simulator.rest import Provisioning, RunningSimulator, create_simulator, internal_error, too_many_requests
from tests.admin.conftest import Run
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN

FOR_SALE = "+14155550110"
NUMBERS = "IncomingPhoneNumbers"


@pytest.fixture
def slow_twilio(twilio_server: RunningSimulator, app: Flask) -> Iterator[None]:
    """A Twilio where a number is pending for two more answers after the one to its purchase."""
    with RunningSimulator(create_simulator(twilio_server.simulator.folder, Provisioning(reads=2))) as server:
        app.extensions["twilio"] = TwilioAccount(ACCOUNT_SID, ACCOUNT_SID, AUTH_TOKEN, server.base_url)
        yield
        app.extensions["twilio"].close()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_command, "LOOK_EVERY_SECONDS", 0.05)


def test_number_is_printed_with_its_price_and_whom_it_reaches(twilio_server: RunningSimulator, business: Run) -> None:
    """As a sentence for people."""
    printed = business("numbers", "get", FOR_SALE, "--agent", "Clara", "--location", "Downtown", "--yes").stdout

    assert printed == f"{FOR_SALE} is yours for 1.15 USD a month. Its calls reach Clara.\n"


def test_number_is_printed_as_the_api_shows_it(
    twilio_server: RunningSimulator, business: Run, run_json: Callable[..., Any]
) -> None:
    """With the change and whether it is in force; the same key gives the same number."""
    first = run_json("numbers", "get", FOR_SALE, "--label", "Sales", "--idempotency-key", "key-1", "--yes")
    again = run_json("numbers", "get", FOR_SALE, "--label", "Sales", "--idempotency-key", "key-1", "--yes")

    assert (first["status"], first["label"], first["monthly_price"], first["in_force"]) == (
        "active",
        "Sales",
        "1.15",
        True,
    )
    assert again == first


@pytest.mark.parametrize("typed", ["n\n", "\n", ""])
def test_price_is_shown_and_nothing_is_bought_without_a_yes(
    twilio_server: RunningSimulator, business: Run, run_json: Callable[..., Any], typed: str
) -> None:
    """Money is spent only by who knows how much."""
    result = business("numbers", "get", FOR_SALE, typed=typed, status=1)

    assert f"Get {FOR_SALE} for 1.15 USD a month?" in result.stderr
    assert FOR_SALE not in {number["phone_number"] for number in run_json("numbers", "list")}


def test_number_is_bought_after_yes(twilio_server: RunningSimulator, business: Run) -> None:
    """However it is written."""
    assert "is yours" in business("numbers", "get", "+1 415 555 0110", typed="y\n").stdout


def test_command_waits_until_the_number_is_active(
    slow_twilio: None, business: Run, run_json: Callable[..., Any]
) -> None:
    """With a plain line, not a bar: nobody knows how long it takes."""
    result = business("numbers", "get", FOR_SALE, "--wait", "--yes")

    assert "is Pending. Waiting" in result.stderr
    assert "assign an agent" in result.stdout


def test_command_does_not_wait_for_ever_unless_told(
    slow_twilio: None, business: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is bought all the same."""
    monkeypatch.setattr(get_command, "WAIT_SECONDS", 0.0)

    assert "and Pending until Twilio puts calls through." in business("numbers", "get", FOR_SALE, "--yes").stdout


def test_status_is_1_while_nobody_knows_whether_it_is_bought(
    twilio_server: RunningSimulator, business: Run, run_json: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not done; the number is listed as pending meanwhile."""
    monkeypatch.setattr(get_command, "WAIT_SECONDS", 0.2)
    twilio_server.faults.next("POST", NUMBERS, internal_error())

    result = business("numbers", "get", FOR_SALE, "--yes", status=1)

    assert "Nobody knows yet whether Twilio sold the number." in result.stderr
    assert [number["phone_number"] for number in run_json("numbers", "list", "--status", "pending")] == [FOR_SALE]


def test_refusal_is_twilios_reason(twilio_server: RunningSimulator, business: Run) -> None:
    """As a sentence, with exit status 1."""
    twilio_server.faults.next("POST", NUMBERS, too_many_requests())

    assert "too many requests" in business("numbers", "get", FOR_SALE, "--yes", status=1).stderr
    assert "is not a phone number" in business("numbers", "get", "12", "--yes", status=2).stderr
