"""What an import would do is known before anything is done."""

from collections.abc import Callable
from typing import Any

import pytest

from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.import_numbers import ImportPlan, import_row, plan_import
from operations.list_numbers import list_numbers
from operations.read_numbers_csv import NumberRow
from operations.release_number import release_number
from operations.twilio_account import TwilioAccount
from simulator.rest import RunningSimulator, internal_error, too_many_requests
from tests.operations.at_twilio import OLD_WEBHOOKS, WEBHOOKS, buy
from tests.operations.audit import change_counter
from tests.operations.conftest import NUMBER

NUMBERS = "IncomingPhoneNumbers"
NEW = "+14155550101"
IS_OTHERWISE = f"{NUMBER} is in this account already, with another agent, location or label."
Plan = Callable[..., ImportPlan]


def row(phone_number: str, agent: str = "", location: str = "", label: str = "", line: int = 2) -> NumberRow:
    return NumberRow(line, phone_number, agent, location, label)


@pytest.fixture
def plan(changes: Changes, who: Who, number: dict[str, Any], twilio: TwilioAccount) -> Plan:
    """Plan the import of rows into the account."""
    return lambda *rows: plan_import(changes.database, twilio, WEBHOOKS, who.account, rows)


def test_plan_says_where_calls_go_now_and_then(twilio: TwilioAccount, plan: Plan, changes: Changes) -> None:
    """And changes nothing."""
    buy(twilio, NEW, webhooks=OLD_WEBHOOKS)
    before = change_counter(changes)

    [planned] = plan(row(NEW, "Clara", "Downtown")).rows

    assert planned.action == "add"
    assert (planned.voice_url_now, planned.voice_url_then) == (OLD_WEBHOOKS.voice_url, WEBHOOKS.voice_url)
    assert change_counter(changes) == before


def test_number_that_twilio_does_not_have_is_planned_without_urls(plan: Plan) -> None:
    """It can be added all the same."""
    [planned] = plan(row(NEW)).rows

    assert (planned.action, planned.voice_url_now, planned.voice_url_then) == ("add", None, None)


@pytest.mark.parametrize(
    "wanted",
    [row(NUMBER), row(NUMBER, "Clara", "Downtown", "Main line"), row(NUMBER, location="Downtown")],
    ids=["empty", "whole", "in part"],
)
def test_row_that_was_imported_before_is_nothing_to_do(plan: Plan, wanted: NumberRow) -> None:
    """So an import that was broken off can be repeated."""
    assert [planned.action for planned in plan(wanted).rows] == ["nothing"]


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        (row(NUMBER, "Bruno"), IS_OTHERWISE),
        (
            row(NUMBER, label="Side line"),
            IS_OTHERWISE,
        ),
        (row(NEW, "Zoe"), "There is no agent “Zoe”."),
        (row(NEW, "Clara", "Harbour"), "There is no location “Harbour”."),
        (row("+14155550103"), "+14155550103 is in use in another account."),
        (row("+14155550104"), "+14155550104 is still being released at Twilio."),
    ],
)
def test_what_is_wrong_with_a_row_is_told_with_its_line(
    changes: Changes,
    who: Who,
    other: Who,
    twilio: TwilioAccount,
    twilio_server: RunningSimulator,
    plan: Plan,
    wanted: NumberRow,
    problem: str,
) -> None:
    """Agents and locations of another account are not there."""
    add_number(changes, other, "+14155550103", "Zoe")
    buy(twilio, "+14155550104")
    add_number(changes, who, "+14155550104", twilio=twilio, webhooks=WEBHOOKS)
    twilio_server.faults.next("DELETE", NUMBERS, too_many_requests())
    release_number(changes, who, "+14155550104", twilio=twilio)

    planned = plan(wanted, row("+14155550105", line=3))

    assert [(wrong.line, wrong.problem) for wrong in planned.wrong] == [(2, problem)]
    assert [planned.row.line for planned in planned.rows] == [3]


def test_agent_may_be_named_by_its_id(plan: Plan, number: dict[str, Any]) -> None:
    """As everywhere in the shell."""
    assert plan(row(NEW, str(number["agent"]["id"])), row(NUMBER, str(number["agent"]["id"]))).wrong == ()


def test_plan_is_made_without_twilio_if_need_be(plan: Plan, twilio_server: RunningSimulator) -> None:
    """It says so: nobody knows where the calls go now."""
    twilio_server.faults.next("GET", NUMBERS, internal_error())

    planned = plan(row(NEW))

    assert "fault of its own" in planned.problem
    assert [(each.action, each.voice_url_now) for each in planned.rows] == [("add", None)]


def test_planned_row_is_taken_over_as_a_whole(changes: Changes, who: Who, twilio: TwilioAccount, plan: Plan) -> None:
    """Agent, location, label and webhooks."""
    there = buy(twilio, NEW, webhooks=OLD_WEBHOOKS)
    [planned] = plan(row(NEW, "Bruno", "Airport", "Side line")).rows

    number, outcome = import_row(changes, who, twilio, WEBHOOKS, planned)

    assert (number["agent"]["name"], number["location"]["name"], number["label"]) == ("Bruno", "Airport", "Side line")
    assert (outcome.in_force, outcome.warnings) == (True, ())
    assert twilio.read(there.sid).voice_url == WEBHOOKS.voice_url


def test_ten_thousand_rows_are_planned_in_one_pass(changes: Changes, who: Who, plan: Plan) -> None:
    """Nothing is asked row by row."""
    rows = [row(f"+1415{index:07}", "Clara", line=index) for index in range(2_000_000, 2_010_000)]

    planned = plan(*rows)

    assert (len(planned.rows), planned.wrong) == (10_000, ())
    with changes.database.reading() as session:
        assert len(list_numbers(session, who.account)) == 1
