"""The router behind a real gunicorn, called by the simulator, on both stacks."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app import create_app
from models import Call, Database
from operations.accounts import create_account
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.list_calls import every_call_here
from operations.locations import create_location
from operations.pause_number import pause_number, resume_number
from operations.permissions import SYSTEM
from operations.release_number import release_number
from operations.showing import show_call
from simulator.example_agent import ExampleAgent
from simulator.place_call import place_call
from simulator.story import CallOutcome, SimulatedCall
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN, Stack, settings_for
from tests.faults.load import post_call
from tests.faults.service import Service
from tests.waiting import wait_for

CALLER = "+14155550199"


@pytest.fixture
def service(stack: Stack, tmp_path: Path) -> Iterator[Service]:
    """A running host."""
    with Service(stack, tmp_path / "host", FALLBACK_NUMBER="+14155550190") as service:
        yield service


@pytest.fixture
def admin(stack: Stack, service: Service) -> Iterator[Flask]:
    """An admin's shell on the same host."""
    admin = create_app(settings_for(stack, service.data_dir))
    yield admin
    admin.extensions["close"]()


@pytest.fixture
def changes(admin: Flask) -> Changes:
    return admin.extensions["changes"]


@pytest.fixture
def who(changes: Changes) -> Who:
    return Who(create_account(changes, Who(None, "test", SYSTEM), "Example Business")["id"], "test", SYSTEM)


def place(service: Service, to_number: str, **options: object) -> CallOutcome:
    """Let the simulator call, as Twilio is configured by the README."""
    call = SimulatedCall(
        from_number=CALLER,
        to_number=to_number,
        voice_url=f"{service.url}/twilio/voice#rc=2&rp=5xx,ct,rt",
        fallback_url=f"{service.url}/twilio/voice/fallback",
        status_callback_url=f"{service.url}/twilio/voice/status",
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        media_seconds=0.1,
        listen_seconds=0.5,
        **options,
    )
    steps = list(place_call(call))
    print("\n".join(step.text for step in steps))
    return steps[-1].outcome


def record_of(admin: Flask, who: Who, outcome: CallOutcome) -> dict:
    """Return the call's record, after draining what the host's keeper has not drained yet."""
    admin.extensions["keeper"].drain()
    database = admin.extensions["changes"].database
    [record] = [
        show_call(call) for call in every_call_here(database.reading, who.account) if call.call_sid == outcome.call_sid
    ]
    return record


def test_a_call_of_every_hand_off_kind_reaches_its_agent_and_is_recorded(
    service: Service, admin: Flask, changes: Changes, who: Who, tmp_path: Path
) -> None:
    """What the simulator was handed to is the agent's target, and the record names agent and location."""
    create_location(changes, who, "Downtown")
    with ExampleAgent(tmp_path / "agent", http_port=0, log=lambda text: None) as agent:
        targets = {
            "stream": agent.stream_url,
            "conversation_relay": agent.relay_url,
            "sip": "sip:reception@sip.example.com",
            "phone": "+14155550182",
            "client": "front-desk",
            "redirect": agent.twiml_url,
        }
        for index, (kind, target) in enumerate(targets.items()):
            create_agent(changes, who, kind, kind, target)
            added = add_number(changes, who, f"+1415555010{index}", kind, "Downtown")[1]
            wait_for(lambda n=added.n: not changes.hosts_without(n))
            outcome = place(service, f"+1415555010{index}", certificate_authority=agent.certificate_authority)
            record = record_of(admin, who, outcome)

            assert target.partition("?")[0] in str(outcome.reached).replace("client:", "")
            assert (record["decision"], record["agent_name"], record["location_name"]) == ("routed", kind, "Downtown")
            assert (record["call_status"], outcome.billed) == ("completed", True)


def test_a_refused_call_is_not_billed_and_is_recorded(
    service: Service, admin: Flask, changes: Changes, who: Who
) -> None:
    """Paused, pending, unassigned, released and unknown numbers end without an answer."""
    create_agent(changes, who, "Clara", "phone", "+14155550182")
    for index, status in enumerate(("active", "pending", "active", "active")):
        add_number(changes, who, f"+1415555010{index}", None if index == 2 else "Clara", status=status)
    pause_number(changes, who, "+14155550100")
    release_number(changes, who, "+14155550103")

    outcomes = [place(service, f"+1415555010{index}") for index in range(5)]
    records = [record_of(admin, who, outcome) for outcome in outcomes]

    assert [record["decision"] for record in records] == ["paused", "pending", "unassigned", "released", "unknown"]
    assert [outcome.call_status for outcome in outcomes] == ["busy", "busy", "busy", "no-answer", "no-answer"]
    assert not any(outcome.billed or outcome.answered for outcome in outcomes)


def test_a_busy_agent_is_followed_by_its_fallback_number(
    service: Service, admin: Flask, changes: Changes, who: Who
) -> None:
    """The caller reaches somebody, and the record says what became of the hand-off."""
    create_agent(changes, who, "Clara", "phone", "+14155550182", "+14155550181")
    add_number(changes, who, "+14155550100", "Clara")

    outcome = place(service, "+14155550100", dial_outcome=("busy", "answered"))

    assert outcome.reached == "+14155550181"
    record = record_of(admin, who, outcome)
    assert (record["handoff_outcome"], record["fallback_outcome"]) == ("busy", "completed")


def test_a_host_that_never_reached_anybody_puts_callers_through_to_the_last_resort(tmp_path: Path) -> None:
    """On a first start without a database a call is answered all the same, and its note waits on the disk."""
    service = Service(Stack("postgresql://127.0.0.1:9/none", ""), tmp_path / "host", FALLBACK_NUMBER="+14155550190")
    service.start(wait=False)
    try:
        service.wait_until_ready("/healthz")
        answers = [post_call(service.url, "+14155550100") for _ in range(5)]
    finally:
        service.kill()

    notes = "".join(path.read_text() for path in (tmp_path / "host" / "calls").glob("*.jsonl"))
    assert {call.verb for call in answers} == {"Dial"}
    assert all(call.call_sid in notes for call in answers)


def test_the_pause_of_a_running_host_is_in_force_at_once(service: Service, changes: Changes, who: Who) -> None:
    """Every worker of the host refuses the very next call, however often it had handed the number over."""
    create_agent(changes, who, "Clara", "phone", "+14155550182")
    add_number(changes, who, "+14155550100", "Clara")
    before = {post_call(service.url, "+14155550100").verb for _ in range(20)}

    _, outcome = pause_number(changes, who, "+14155550100")
    after = {post_call(service.url, "+14155550100").verb for _ in range(20)}

    assert outcome.in_force
    assert (before, after) == ({"Dial"}, {"Reject"})


@pytest.fixture
def elsewhere(stack: Stack, tmp_path: Path, changes: Changes, who: Who) -> Iterator[Changes]:
    """An admin's way to change things from another place, which waits until the host has followed; it has a number."""
    create_agent(changes, who, "Clara", "phone", "+14155550182")
    add_number(changes, who, "+14155550100", "Clara")
    app = create_app(settings_for(stack, tmp_path / "elsewhere"))
    yield app.extensions["changes"]
    app.extensions["close"]()


def keeps_its_promises(service: Service, changes: Changes, who: Who) -> bool:
    """Pause and resume, and tell whether the host has followed in time and refuses calls."""
    _, paused = pause_number(changes, who, "+14155550100")
    refused = post_call(service.url, "+14155550100").verb
    _, resumed = resume_number(changes, who, "+14155550100")
    return (paused.in_force, refused, resumed.in_force) == (True, "Reject", True)


def test_another_process_keeps_when_the_one_that_did_is_killed(service: Service, elsewhere: Changes, who: Who) -> None:
    """It answers no calls, so nobody notices, and pauses are in force as before."""
    for _ in range(2):
        wait_for(lambda: service.keeping_pid() is not None)
        os.kill(killed := service.keeping_pid() or 0, signal.SIGKILL)
        answers = {post_call(service.url, "+14155550100").verb for _ in range(10)}
        wait_for(lambda killed=killed: service.keeping_pid() not in {None, killed})

        wait_for(lambda: keeps_its_promises(service, elsewhere, who))
        assert answers == {"Dial"}


def test_one_that_answers_stands_in_while_no_process_keeps(service: Service, elsewhere: Changes, who: Who) -> None:
    """SIGTTOU ends the oldest worker, which is the one that keeps, and gunicorn begins no other."""
    wait_for(lambda: service.keeping_pid() is not None)

    for _ in range(3):
        os.kill(service.pid, signal.SIGTTOU)
    wait_for(lambda: service.keeping_pid() is None)

    wait_for(lambda: keeps_its_promises(service, elsewhere, who))
    wait_for(lambda: len(service.worker_pids()) == 2)
    assert service.keeping_pid() is None


def test_a_host_told_to_have_one_worker_answers_however_often_its_settings_are_taken_anew(
    stack: Stack, tmp_path: Path
) -> None:
    """The one that keeps answers nobody, so there are two (`GUNICORN_CMD_ARGS`, SIGHUP)."""
    with Service(stack, tmp_path / "host", GUNICORN_CMD_ARGS="--workers 1") as service:
        for _ in range(2):
            before = set(service.worker_pids())
            os.kill(service.pid, signal.SIGHUP)
            wait_for(lambda before=before: len(service.worker_pids()) == 2 and not before & set(service.worker_pids()))
            service.wait_until_ready()

        wait_for(lambda: service.keeping_pid() is not None)


def test_a_killed_worker_takes_no_note_with_it(service: Service, admin: Flask, changes: Changes, who: Who) -> None:
    """The calls that the dead worker answered are recorded by those who live on."""
    create_agent(changes, who, "Clara", "phone", "+14155550182")
    add_number(changes, who, "+14155550100", "Clara")
    answered = []
    for _ in range(3):
        answered += [post_call(service.url, "+14155550100").call_sid for _ in range(10)]
        for pid in service.worker_pids():
            os.kill(pid, signal.SIGKILL)
        service.wait_until_ready()

    admin.extensions["keeper"].drain()
    recorded = {call.call_sid for call in every_call_here(changes.database.reading, who.account)}
    assert set(answered) <= recorded


@pytest.mark.parametrize("calls", [1, 40])
def test_stopped_host_has_recorded_every_call(stack: Stack, tmp_path: Path, calls: int) -> None:
    """Also those that it answered a moment before it was told to stop, without another start."""
    with Service(stack, tmp_path / "host", FALLBACK_NUMBER="+14155550190") as service:
        answered = {post_call(service.url, "+14155550100").call_sid for _ in range(calls)}
        service.stop()

    database = Database(settings_for(stack, tmp_path / "host").database)
    with database.reading() as session:
        recorded = set(session.scalars(select(Call.call_sid)))
    database.close()
    assert recorded == answered


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"5\r\nab", b"ffffffffffffffffffff\r\n", b"-1\r\n", b"1\r\nabc\r\n"])
def test_broken_chunks_of_a_stranger_are_refused_and_tell_the_log_no_secret(service: Service, chunk: bytes) -> None:
    """gunicorn raises errors of its own while the body is read, before anybody has shown to be Twilio."""
    head = "POST /twilio/voice HTTP/1.1\r\nHost: calls.example.com\r\nX-Twilio-Signature: x\r\nConnection: close\r\n"
    form = "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall((head + form).encode() + chunk)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert answer.endswith(b"\r\n\r\n")
    log = service.log.read_text()
    assert '"event":"webhook refused"' in log
    assert "webhook failed" not in log
    assert AUTH_TOKEN not in log
