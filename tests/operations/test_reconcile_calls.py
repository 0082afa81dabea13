"""What Twilio's list has and we have not is found, and filled in with what the number was then."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from models import CallEvent
from operations.add_number import add_number
from operations.agents import edit_agent
from operations.assign_number import assign_number
from operations.changes import Changes, Who
from operations.daily_purge import purge_a_little
from operations.errors import NotFound
from operations.pause import Pause
from operations.pause_number import pause_number, resume_number
from operations.purge_calls import find_due_purge, purge_calls
from operations.reconcile_calls import Reconciled
from operations.release_number import release_number
from operations.show_call import show_call_with_receipt
from operations.showing import show_call
from operations.twilio_account import TwilioAccount
from operations.twilio_errors import TwilioUnavailable
from routing.call_record import INBOUND_CALL, STATUS_CHANGED
from simulator.rest import RunningSimulator, internal_error
from tests.conftest import Answer
from tests.operations.conftest import ABSENT, NUMBER
from tests.operations.past_calls import count_rows, event, store, store_call
from tests.operations.twilios_calls import A_DAY, HOUR, at_twilio, let_pass, now, reconcile, record_of


@pytest.fixture
def folder(twilio_server: RunningSimulator) -> Path:
    """Where the simulated Twilio keeps its list of calls."""
    return twilio_server.simulator.folder


@pytest.fixture
def past(changes: Changes, number: dict[str, Any]) -> dict[str, Any]:
    """The number, which has been Clara's, Downtown, for an hour."""
    let_pass(changes)
    return number


def told(changes: Changes, who: Who, call_sid: str) -> dict[str, Any]:
    with changes.database.reading() as session:
        return show_call_with_receipt(session, who.account, call_sid)


def test_after_a_power_cut_everything_is_found_as_it_was_then(
    app: Flask,
    make_app: Callable[..., Flask],
    who: Who,
    past: dict[str, Any],
    folder: Path,
    tmp_path: Path,
    changes: Changes,
    twilio_post: Callable[..., Answer],
) -> None:
    """The host's notes and its own file are gone; the number was moved, renamed and released since."""
    sids = []
    for index in range(12):
        sids.append(at_twilio(folder, from_number=f"+14155550{170 + index}"))
        twilio_post(CallSid=sids[-1], From=f"+14155550{170 + index}")
        twilio_post("/status", CallSid=sids[-1], CallStatus="completed", CallDuration="63")
    app.extensions["close"]()
    shutil.rmtree(tmp_path / "host" / "calls")
    for path in (tmp_path / "host").glob("host.db*"):
        path.unlink()
    app = make_app()
    assert app.extensions["keeper"].drain() == 0
    changes = app.extensions["changes"]
    assign_number(changes, who, NUMBER, "Bruno", "Airport", move=True)
    edit_agent(changes, who, "Clara", name="Clara the Second")
    release_number(changes, who, NUMBER)

    done = reconcile(changes, app.extensions["twilio"])

    assert done == Reconciled(read=12, compared=12, found=12, filled=0, unexplained=0)
    for index, call_sid in enumerate(sids):
        call = record_of(changes, call_sid)
        assert (call.account_id, call.number_id) == (who.account_id, past["id"])
        assert (call.agent_name, call.location_name) == ("Clara", "Downtown")
        assert (call.agent_id, call.location_id) == (past["agent"]["id"], past["location"]["id"])
        assert (call.from_number, call.to_number) == (f"+14155550{170 + index}", NUMBER)
        assert (call.call_status, call.duration_seconds, call.direction) == ("completed", 63, "inbound")
        assert call.ended_at is not None
        assert (call.ended_at - call.received_at).total_seconds() == 63
    again = reconcile(changes, app.extensions["twilio"])
    assert (again.compared, again.found, again.filled) == (12, 0, 0)
    assert count_rows(changes) == count_rows(changes, CallEvent) == 12


def test_a_move_in_between_parts_the_calls(
    changes: Changes, who: Who, twilio: TwilioAccount, folder: Path, past: dict[str, Any]
) -> None:
    """Each call counts for the agent and the location that the number had when it came in."""
    assign_number(changes, who, NUMBER, "Bruno", "Airport", move=True)
    let_pass(changes)
    edit_agent(changes, who, "Bruno", name="Bruno the Second")
    let_pass(changes)
    sids = [at_twilio(folder, now() - hours * HOUR) for hours in (2.5, 1.5, 0.5)]

    reconcile(changes, twilio)

    calls = [record_of(changes, call_sid) for call_sid in sids]
    assert [(call.agent_name, call.location_name) for call in calls] == [
        ("Clara", "Downtown"),
        ("Bruno", "Airport"),
        ("Bruno the Second", "Airport"),
    ]


def test_a_number_that_was_had_twice_is_the_one_of_that_time(
    changes: Changes, who: Who, other: Who, twilio: TwilioAccount, folder: Path, past: dict[str, Any]
) -> None:
    """Released by one account and got by another: each finds its own calls, and none of the other's."""
    release_number(changes, who, NUMBER)
    let_pass(changes)
    theirs, _ = add_number(changes, other, NUMBER, "Zoe", "Harbour")
    let_pass(changes)
    before, between, after = (at_twilio(folder, now() - hours * HOUR) for hours in (2.5, 1.5, 0.5))
    too_early = at_twilio(folder, now() - 5 * HOUR)

    done = reconcile(changes, twilio)

    assert (done.read, done.compared, done.found) == (4, 3, 3)
    first, second, third = (record_of(changes, call_sid) for call_sid in (before, between, after))
    assert (first.account_id, first.number_id, first.agent_name) == (who.account_id, past["id"], "Clara")
    assert (second.account_id, second.number_id, second.agent_name) == (who.account_id, past["id"], None)
    assert (third.account_id, third.number_id, third.agent_name) == (other.account_id, theirs["id"], "Zoe")
    for whose, call_sid in [(other, before), (who, after), (who, too_early)]:
        with pytest.raises(NotFound):
            told(changes, whose, call_sid)


@pytest.mark.parametrize(
    ("pause", "status", "decision"),
    [
        (Pause(), "busy", "paused"),
        (Pause("not_in_service"), "no-answer", "paused"),
        (Pause("message", "Closed today"), "completed", None),
        (None, "completed", None),
    ],
)
def test_a_decision_is_only_taken_from_what_a_refusal_leaves(
    changes: Changes,
    who: Who,
    twilio: TwilioAccount,
    folder: Path,
    past: dict[str, Any],
    pause: Pause | None,
    status: str,
    decision: str | None,
) -> None:
    """An answered call may have met anybody; the reason says what the number was."""
    if pause:
        pause_number(changes, who, NUMBER, pause=pause)
        let_pass(changes)
    call_sid = at_twilio(folder, now() - HOUR / 2, status)

    done = reconcile(changes, twilio)

    call = record_of(changes, call_sid)
    was = "paused" if pause else "active, with an agent"
    assert (call.decision, call.route_source) == (decision, None)
    assert call.reason == f"reconciled from Twilio's call list; the number was {was}"
    assert (call.agent_name, call.location_name, done.unexplained) == ("Clara", "Downtown", 0)


def test_an_end_that_the_number_does_not_explain_is_said(
    changes: Changes, who: Who, twilio: TwilioAccount, folder: Path, past: dict[str, Any]
) -> None:
    """Somebody was answered although the number was paused: stored all the same, and counted."""
    pause_number(changes, who, NUMBER)
    let_pass(changes)
    call_sid = at_twilio(folder, now() - HOUR / 2)

    done = reconcile(changes, twilio)

    call = record_of(changes, call_sid)
    assert (done.found, done.unexplained, call.decision) == (1, 1, None)
    assert call.reason is not None
    assert call.reason.endswith("the number was paused, which does not explain this end")


def test_a_pause_that_had_just_begun_or_ended_explains_a_busy_tone(
    changes: Changes, who: Who, twilio: TwilioAccount, folder: Path, past: dict[str, Any]
) -> None:
    """Twilio tells whole seconds, and a change takes its moment to be in force everywhere."""
    pause_number(changes, who, NUMBER)
    let_pass(changes)
    resume_number(changes, who, NUMBER)
    let_pass(changes)
    sids = [at_twilio(folder, now() - hours * HOUR, "busy") for hours in (2, 1)]

    done = reconcile(changes, twilio)

    assert (done.found, done.unexplained) == (2, 0)
    assert [record_of(changes, call_sid).decision for call_sid in sids] == ["paused", "paused"]


def test_a_record_whose_end_never_came_gets_it(
    changes: Changes, twilio: TwilioAccount, folder: Path, who: Who, past: dict[str, Any]
) -> None:
    """What was decided stays as it was noted; a record that is whole is left alone."""
    began = now() - HOUR / 2
    ours = {"number_id": past["id"], "agent_name": "As noted"}
    ringing = at_twilio(folder, began, call_sid=store_call(changes, who.account_id, began, **ours))
    whole = at_twilio(folder, began, call_sid=store_call(changes, who.account_id, began, **ours))
    store(changes, event(whole, STATUS_CHANGED, began, call_status="completed", duration_seconds=62))

    done = reconcile(changes, twilio)

    assert (done.compared, done.found, done.filled) == (2, 0, 1)
    call = record_of(changes, ringing)
    assert (call.call_status, call.duration_seconds, call.decision) == ("completed", 63, "routed")
    assert (call.agent_name, call.reason, call.route_source) == ("As noted", None, "worker")
    assert record_of(changes, whole).duration_seconds == 62
    shown = told(changes, who, ringing)
    assert shown["receipt"]["reconciled_at"] is not None
    assert "Something of the call was missing here" in shown["events"][-1]["sentence"]
    assert told(changes, who, whole)["receipt"]["reconciled_at"] is None


def test_a_stub_of_a_callback_gets_its_number(
    changes: Changes, twilio: TwilioAccount, folder: Path, who: Who, past: dict[str, Any]
) -> None:
    """The callback went to a host that lived, the call to one that died."""
    began = now() - HOUR / 2
    call_sid = at_twilio(folder, began)
    store(changes, event(call_sid, STATUS_CHANGED, began + HOUR / 10, call_status="completed", to_number=NUMBER))
    assert record_of(changes, call_sid).account_id is None

    done = reconcile(changes, twilio)

    call = record_of(changes, call_sid)
    assert (done.found, done.filled) == (0, 1)
    assert (call.account_id, call.agent_name, call.received_at) == (who.account_id, "Clara", began)
    assert reconcile(changes, twilio).filled == 0


def test_what_was_noted_then_wins_when_it_comes_late(
    changes: Changes, twilio: TwilioAccount, folder: Path, who: Who, past: dict[str, Any]
) -> None:
    """A host that was away drains after the call was found: its note is what counts."""
    began = now() - HOUR / 2
    call_sid = at_twilio(folder, began)
    reconcile(changes, twilio)
    late = {"decision": "unavailable", "route_source": "nothing", "account_id": None, "agent_name": None}
    store(changes, event(call_sid, INBOUND_CALL, began + HOUR / 3600, **late))

    call = record_of(changes, call_sid)
    assert (call.decision, call.route_source, call.account_id, call.reason) == ("unavailable", "nothing", None, None)
    assert (call.call_status, call.duration_seconds) == ("completed", 63)
    assert reconcile(changes, twilio).filled == 0


def test_receipt_of_a_found_call_claims_nothing(
    changes: Changes, twilio: TwilioAccount, folder: Path, who: Who, past: dict[str, Any]
) -> None:
    """How it was answered nobody knows; who made the number what it was is known."""
    pause_number(changes, who, NUMBER)
    let_pass(changes)
    answered = at_twilio(folder, now() - 1.5 * HOUR, forwarded_from="+14155550142")
    refused = at_twilio(folder, now() - HOUR / 2, "busy")
    reconcile(changes, twilio)

    receipt, story = (told(changes, who, answered)[part] for part in ("receipt", "story"))

    assert [receipt[name] for name in ("decision", "route_source", "change", "milliseconds", "handoff")] == [None] * 5
    assert receipt["number_changed"]["sentence"] == "Test added +1 415 555 0100."
    assert receipt["reconciled_at"] is not None
    assert "through the forwarded line +14155550142" in story
    assert "How it was answered was not noted by this router. It was found in Twilio's list" in story
    assert "agent Clara and location Downtown" in story
    assert story.endswith("It ended as completed after 63 s.")
    shown = told(changes, who, refused)
    assert "Its end shows that the call was refused with a busy tone." in shown["story"]
    assert shown["receipt"]["why"] == "the number was paused"
    assert shown["receipt"]["number_changed"]["sentence"].startswith("Test paused")


def test_only_ended_calls_to_numbers_of_ours_are_compared(
    changes: Changes, twilio: TwilioAccount, folder: Path, past: dict[str, Any]
) -> None:
    """A call that goes on will be told of; of others' numbers there is nothing to tell."""
    at_twilio(folder, status="in-progress")
    at_twilio(folder, to_number=ABSENT)
    at_twilio(folder, now() - 2 * A_DAY)

    assert reconcile(changes, twilio) == Reconciled(read=2)
    assert count_rows(changes) == 0


def test_dry_run_writes_nothing(changes: Changes, twilio: TwilioAccount, folder: Path, past: dict[str, Any]) -> None:
    """It says the same."""
    at_twilio(folder)

    assert reconcile(changes, twilio, dry_run=True).found == 1
    assert count_rows(changes) == count_rows(changes, CallEvent) == 0


def test_calls_that_were_purged_are_not_brought_back(
    changes: Changes, twilio: TwilioAccount, folder: Path, who: Who, past: dict[str, Any]
) -> None:
    """Neither those beyond the account's retention nor those that somebody purged earlier."""
    let_pass(changes, 400 * A_DAY)
    for days in (380, 20, 1):
        began = now() - days * A_DAY
        at_twilio(folder, began, call_sid=store_call(changes, who.account_id, began, call_status="completed"))
    with changes.database.reading() as session:
        due = find_due_purge(session, who, 10)
    purge_calls(changes, who, due)
    purge_a_little(changes)

    done = reconcile(changes, twilio, 390 * A_DAY)

    assert (done.compared, done.found, done.filled) == (3, 0, 0)
    assert count_rows(changes) == 1


def test_what_carriers_send_is_cleaned(
    changes: Changes, twilio: TwilioAccount, folder: Path, past: dict[str, Any]
) -> None:
    """PostgreSQL stores no NUL, and nothing may hold up the other calls."""
    call_sid = at_twilio(folder, from_number="anon\0ymous" * 50, forwarded_from="\x1b[31m")
    whole = at_twilio(folder)

    assert reconcile(changes, twilio).found == 2
    call = record_of(changes, call_sid)
    assert (len(call.from_number or ""), call.forwarded_from) == (256, "�[31m")
    assert record_of(changes, whole).from_number == "+14155550199"


def test_a_cut_off_pass_is_gone_on_with(
    changes: Changes,
    twilio: TwilioAccount,
    twilio_server: RunningSimulator,
    folder: Path,
    past: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Batches are committed one by one, so that Twilio's failure in the middle costs nothing."""
    monkeypatch.setattr("operations.reconcile_calls.CALLS_A_BATCH", 2)
    monkeypatch.setattr("operations.twilio_account.LARGEST_PAGE", 2)
    for minutes in range(5):
        at_twilio(folder, now() - minutes * HOUR / 60)

    def fail_next(_: int) -> None:
        twilio_server.faults.next("GET", "Calls", internal_error())

    with pytest.raises(TwilioUnavailable):
        reconcile(changes, twilio, advance=fail_next)
    assert count_rows(changes) == 2
    done = reconcile(changes, twilio)
    assert (done.compared, done.found, count_rows(changes)) == (5, 3, 5)


def test_another_accounts_calls_are_left_alone(
    changes: Changes, twilio: TwilioAccount, folder: Path, other: Who, past: dict[str, Any]
) -> None:
    """Nothing of theirs is read as ours or written anew."""
    add_number(changes, other, ABSENT, "Zoe", "Harbour")
    began = now()
    theirs = store_call(changes, other.account_id, began, to_number=ABSENT, agent_name="Zoe")
    store(changes, event(theirs, STATUS_CHANGED, began, call_status="completed", duration_seconds=63))
    at_twilio(folder, began, to_number=ABSENT, call_sid=theirs)
    before = show_call(record_of(changes, theirs))
    mine = at_twilio(folder)

    assert (reconcile(changes, twilio).found, record_of(changes, mine).agent_name) == (1, "Clara")
    assert show_call(record_of(changes, theirs)) == before
