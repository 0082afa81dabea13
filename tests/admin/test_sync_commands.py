"""`flask numbers sync`: what differs, what was repaired, and what a person has to decide."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from models import Purchase
from operations.changes import Who
from operations.get_number import get_number
from operations.permissions import SYSTEM
from operations.twilio_account import OwnedNumber, TwilioAccount, Webhooks, webhooks_of
from simulator.rest import RunningSimulator, authentication_failed, internal_error, too_many_requests
from tests.admin.conftest import NUMBER, Run
from tests.conftest import PUBLIC_URL

WEBHOOKS = webhooks_of(PUBLIC_URL)
OLD_WEBHOOKS = Webhooks("https://old.example.com/voice", "https://old.example.com/fallback", "")
OTHER = "+14155550101"
NUMBERS = "IncomingPhoneNumbers"


@pytest.fixture
def twilio(twilio_server: RunningSimulator, app: Flask) -> TwilioAccount:
    """The account at the simulated Twilio."""
    return app.extensions["twilio"]


@pytest.fixture
def owned(twilio: TwilioAccount, business: Run) -> OwnedNumber:
    """The business's number, which was added before it was at Twilio; so its SID is not known here."""
    return twilio.buy(NUMBER, "", WEBHOOKS)


def test_nothing_differs(owned: OwnedNumber, business: Run) -> None:
    """Exit status 0 means that both sides agree."""
    business("numbers", "sync", "--repair")
    result = business("numbers", "sync")

    assert result.stdout.split() == ["phone_number", "kind", "repair", "sentence"]
    assert result.stderr.splitlines()[-1] == "0 differences"


def test_differences_are_listed_and_are_the_exit_status(
    owned: OwnedNumber, twilio: TwilioAccount, business: Run, run_json: Callable[..., Any]
) -> None:
    """The object of the API, or a line each."""
    twilio.buy(OTHER, "Reception", OLD_WEBHOOKS)

    result = business("numbers", "sync", status=1)
    shown = run_json("numbers", "sync", status=1)

    assert [line.split()[:3] for line in result.stdout.splitlines()[1:]] == [
        [NUMBER, "sid_missing", "remember_sid"],
        [OTHER, "unknown_here", "take_over"],
    ]
    assert [(one["phone_number"], one["kind"]) for one in shown] == [(NUMBER, "sid_missing"), (OTHER, "unknown_here")]
    assert set(shown[0]) == {"kind", "phone_number", "number_id", "sentence", "here", "at_twilio", "repair"}


def test_repair_does_what_needs_no_decision(owned: OwnedNumber, twilio: TwilioAccount, business: Run) -> None:
    """Who gets a number that nobody has here, a person has to say."""
    twilio.configure(owned.sid, OLD_WEBHOOKS)
    twilio.buy(OTHER, "", OLD_WEBHOOKS)

    result = business("numbers", "sync", "--repair", status=1)

    assert f"{NUMBER}: wrong_webhooks repaired." in result.stderr
    assert f"{NUMBER}: sid_missing repaired." in result.stderr
    assert [line.split()[0] for line in result.stdout.splitlines()[1:]] == [OTHER]
    business("numbers", "add", OTHER)
    business("numbers", "sync")


@pytest.mark.parametrize("only", ["wrong_webhooks", "+1 415 555 0100"])
def test_only_one_kind_or_number_is_told_and_repaired(
    owned: OwnedNumber, twilio: TwilioAccount, business: Run, only: str
) -> None:
    """The rest is left as it is."""
    twilio.configure(owned.sid, OLD_WEBHOOKS)
    twilio.buy(OTHER, "", OLD_WEBHOOKS)

    business("numbers", "sync", "--repair", "--only", only)

    assert OTHER in business("numbers", "sync", status=1).stdout
    assert ("sid_missing" in business("numbers", "sync", status=1).stdout) is (only == "wrong_webhooks")


def test_number_gone_at_twilio_is_released_only_when_that_is_said(
    owned: OwnedNumber, twilio: TwilioAccount, business: Run, run_json: Callable[..., Any]
) -> None:
    """A release cannot be undone, and Twilio may be wrong, or another account's."""
    business("numbers", "sync", "--repair")
    twilio.release(owned.sid)

    business("numbers", "sync", "--repair", status=1)
    refused = business("numbers", "sync", "--repair", "--only", "gone_at_twilio", status=1)
    assert "Is this the right account?" in refused.stderr
    assert [number["status"] for number in run_json("numbers", "list")] == ["active"]

    business("numbers", "sync", "--repair", "--only", NUMBER)
    assert [number["status"] for number in run_json("numbers", "list")] == ["released"]


def test_many_gone_numbers_are_released_at_once_where_twilio_has_others_of_ours(
    owned: OwnedNumber, business: Run, run_json: Callable[..., Any]
) -> None:
    """Then it is the right account."""
    business("numbers", "add", OTHER)

    business("numbers", "sync", "--repair", "--only", "gone_at_twilio")

    assert [number["status"] for number in run_json("numbers", "list")] == ["active", "released"]


def test_sync_finishes_a_release_first(
    owned: OwnedNumber, twilio: TwilioAccount, twilio_server: RunningSimulator, business: Run
) -> None:
    """Which Twilio had no time for."""
    twilio_server.faults.next("GET", NUMBERS, too_many_requests())
    said = business("numbers", "release", NUMBER, "--yes")
    assert "not yet given back to Twilio" in said.stdout
    assert "tried again by itself" in said.stderr
    assert "released, not yet given back" in business("numbers", "list").stdout

    business("numbers", "sync")
    assert "not yet given back" not in business("numbers", "list").stdout

    assert twilio.read(owned.sid) is None


def test_unfinished_release_is_told_with_what_twilio_has_against_it(
    owned: OwnedNumber, twilio_server: RunningSimulator, business: Run
) -> None:
    """As long as it is open the exit status is 1."""
    business("numbers", "sync", "--repair")
    twilio_server.faults.next("DELETE", NUMBERS, authentication_failed(), times=2)
    business("numbers", "release", NUMBER, "--yes")

    result = business("numbers", "sync", status=1)

    assert "release_unfinished" in result.stdout
    assert "Twilio does not accept our credentials" in result.stdout


def test_account_is_told_of_its_own_numbers_only(owned: OwnedNumber, twilio: TwilioAccount, business: Run) -> None:
    """The operator, without --account, of everybody's and nobody's."""
    business("numbers", "sync", "--repair")
    business("accounts", "create", "Other Business")
    business("numbers", "add", OTHER, "--account", "Other Business")
    twilio.buy("+14155550102", "", OLD_WEBHOOKS)

    business("numbers", "sync", "--account", "Example Business")
    told = business("numbers", "sync", "--account", "Other Business", status=1).stdout
    everybody = business("numbers", "sync", status=1).stdout

    assert [line.split()[0] for line in told.splitlines()[1:]] == [OTHER]
    assert [line.split()[0] for line in everybody.splitlines()[1:]] == [OTHER, "+14155550102"]


def test_twilio_that_does_not_answer_is_no_agreement(
    owned: OwnedNumber, twilio_server: RunningSimulator, business: Run
) -> None:
    """Exit status 1, and a sentence."""
    twilio_server.faults.next("GET", NUMBERS, too_many_requests())

    assert "too many requests" in business("numbers", "sync", status=1).stderr


def test_nonsense_is_wrong_usage(business: Run) -> None:
    """What --only names is a kind or a number."""
    assert "is not a phone number" in business("numbers", "sync", "--only", "earthquake", status=2).stderr


def test_json_stays_json_while_progress_is_shown(owned: OwnedNumber, business: Run) -> None:
    """Progress goes to standard error."""
    result = business("numbers", "sync", "--json", status=1)

    assert len(json.loads(result.stdout)) == 1
    assert "Numbers read from Twilio: 1" in result.stderr


def test_sync_finishes_a_purchase_that_was_cut_off(
    app: Flask, business: Run, twilio: TwilioAccount, twilio_server: RunningSimulator, run_json: Callable[..., Any]
) -> None:
    """Nobody knew whether Twilio had sold it: it had not, and is asked again."""
    twilio_server.faults.next("POST", NUMBERS, internal_error())
    getting = get_number(app.extensions["changes"], twilio, WEBHOOKS, Who(1, "test", SYSTEM), OTHER, agent="Bruno")
    assert not getting.is_certain

    business("numbers", "sync", "--only", OTHER)

    [bought] = [number for number in run_json("numbers", "list") if number["phone_number"] == OTHER]
    assert bought["status"] == "active"
    assert twilio.find(OTHER) is not None


def test_number_bought_for_a_purchase_that_was_given_up_comes_back(
    app: Flask, business: Run, twilio: TwilioAccount, run_json: Callable[..., Any]
) -> None:
    """Twilio has carried it out late, and charges for it."""
    changes = app.extensions["changes"]
    with changes.database.writing() as session:
        session.add(given_up("1" * 32))
    twilio.buy(OTHER, "Clara Voice Router " + "1" * 32, WEBHOOKS)

    result = business("numbers", "sync", "--only", OTHER)

    assert f"Bought before, and now in its account: {OTHER}" in result.stderr
    assert OTHER in [number["phone_number"] for number in run_json("numbers", "list")]


def given_up(tag: str) -> Purchase:
    now = datetime.now(UTC)
    return Purchase(
        account_id=1,
        number_id=1_000_000,
        phone_number=OTHER,
        tag=tag,
        request_hash="",
        state="failed",
        made_by="test",
        intended_at=now,
        due_at=now,
    )


def test_number_that_twilio_does_not_have_is_not_said_to_reach_anybody(business: Run, twilio: TwilioAccount) -> None:
    """It is taken in all the same, and what to do about it is said with the number."""
    added = business("numbers", "add", OTHER, "--agent", "Clara")

    assert added.stdout == f"{OTHER} added.\n"
    assert "no call will come" in added.stderr
    assert f"flask numbers sync --repair --only {OTHER}" in added.stderr
