"""Parameters that Twilio signed and no honest call has: each has its verb, and leaves nothing broken anywhere."""

import csv
import json
from collections.abc import Callable
from io import StringIO
from typing import Any
from urllib.parse import unquote, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from models import Call
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.csv_text import EXECUTABLE
from operations.export_calls import export_calls
from simulator.signature import sign
from tests.attack.conftest import AGENT, NUMBER
from tests.attack.wire import FORM
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL, Answer, call_parameters

FORMULA, SCRIPT, ESCAPE = '=HYPERLINK("http://x")', "</Number><Script>alert(1)</Script>", "\x1b]0;owned\x07\n{}"
UNICODE = ["\ufffe", "\U000e0001", "\u202e+14155550100", "\ufeff", "é" * 300, "📞" * 300]
# What a parameter says → the verbs of the answer.
TO: dict[str, list[str]] = {
    value: ["Reject"]
    for value in (
        *("", " ", "0", "+", "+0", "++14155550100", " +14155550100", "+14155550100 ", "+1 415 555 0100"),
        *(
            "+14155550100\n",
            "\r\n+14155550100",
            "+14155550100\x00",
            "\x00",
            "+１４１５５５５０１００",
            "+14155550100;x",
        ),
        *("+1415555010012345", "+" + "1" * 16, "+" + "1" * 10_000, "4155550100", "sip:a@b", "client:x", "whatsapp:+1"),
        *(FORMULA, SCRIPT, ESCAPE, *UNICODE),
    )
}
FROM: dict[str, list[str]] = {
    value: ["Dial"]
    for value in (
        *("", " ", "anonymous", "Restricted", "+266696687", NUMBER, AGENT, "+1" * 50, "\x00", "sip:a@b", "client:x"),
        *("+14155550199\n", "-1+1", "@SUM(1)", "\t=1", FORMULA, SCRIPT, ESCAPE, *UNICODE),
    )
}
OTHERS = ("ForwardedFrom", "CallStatus", "Caller", "FromCity", "ErrorCode", "ApiVersion", "StirVerstat", "\x00", "📞")


@pytest.fixture
def clara(changes: Changes, who: Who) -> None:
    """Her telephone answers NUMBER."""
    create_agent(changes, who, "Clara", "phone", AGENT)
    add_number(changes, who, NUMBER, "Clara")


def logged(text: str) -> list[dict[str, Any]]:
    """Return the events of a log, each of which must be one whole line of JSON in plain characters."""
    lines = text.splitlines()
    assert all(line.isascii() and line.isprintable() for line in lines)
    return [json.loads(line) for line in lines]


@pytest.mark.usefixtures("clara", "patient")
def test_every_value_has_its_verb_and_leaves_whole_lines(
    app: Flask,
    changes: Changes,
    who: Who,
    twilio_post: Callable[..., Answer],
    stored_calls: Callable[[], list[Call]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Never an error, never an element that is not ours; the record holds what can be stored, the CSV no formula."""
    rows = [("To", value, verbs) for value, verbs in TO.items()]
    rows += [("From", value, verbs) for value, verbs in FROM.items()]
    rows += [(name, value, ["Dial"]) for name in OTHERS for value in (FORMULA, SCRIPT, ESCAPE, "", *UNICODE)]
    wrong = []
    for index, (name, value, verbs) in enumerate(rows):
        usual = {"CallSid": f"CA{index:032x}", "From": f"+1415555{index:04}"}
        answer = twilio_post(**usual | {name: value})
        if (answer.status_code, answer.verbs) != (200, verbs):
            wrong.append((name, value[:40], answer.status_code, answer.text[:200]))
        assert {element.tag for element in answer.root.iter()} <= {"Response", "Reject", "Dial", "Number"}

    assert wrong == []
    calls = stored_calls()
    assert [call.call_sid for call in calls] == [f"CA{index:032x}" for index in range(len(rows))]
    events = logged(capfd.readouterr().err)
    assert {event["level"] for event in events} <= {"info", "warning"}
    text = "".join(export_calls(changes.database.reading, who.account))
    cells = [cell for row in csv.reader(StringIO(text, newline="")) for cell in row]
    assert [cell for cell in cells if cell.startswith(tuple(EXECUTABLE))] == []


@pytest.mark.usefixtures("clara", "patient")
@pytest.mark.parametrize("sent", ["%ED%A0%80", "%ED%BF%BF", "%ED%A0%BD%ED%B3%9E", "%FF", "%2B1415555010%FF", "%C3%28"])
@pytest.mark.parametrize(("name", "verbs"), [("To", ["Reject"]), ("From", ["Dial"])])
def test_bytes_that_are_no_text_are_read_as_twilios_library_reads_them(
    client: FlaskClient, stored_calls: Callable[[], list[Call]], sent: str, name: str, verbs: list[str]
) -> None:
    """Lone surrogates, pairs of them, and other bytes that UTF-8 has not: U+FFFD, which is no number's."""
    body = urlencode(call_parameters(**{name: None})) + f"&{name}={sent}"
    read = call_parameters(**{name: unquote(sent)})
    headers = {"X-Twilio-Signature": sign(f"{PUBLIC_URL}/twilio/voice", read, AUTH_TOKEN)}

    response = client.post("/twilio/voice", data=body, content_type=FORM, headers=headers)

    assert "\ufffd" in read[name]
    assert Answer(response.status_code, response.text, response.content_type).verbs == verbs
    assert [call.call_sid for call in stored_calls()] == [read["CallSid"]]


@pytest.mark.usefixtures("clara", "patient")
def test_replay_is_answered_and_changes_no_record(
    changes: Changes, who: Who, twilio_post: Callable[..., Answer], stored_calls: Callable[[], list[Call]]
) -> None:
    """A signature holds no time, so a request of last week is answered; there is one record, of the first one."""
    twilio_post("")
    twilio_post("/status", CallStatus="completed", CallDuration="61")
    twilio_post("/handoff-ended", CallStatus="in-progress", DialCallStatus="completed")
    [before] = [as_dict(call) for call in stored_calls()]

    assert twilio_post("").verbs == ["Dial"]
    twilio_post("/status", CallStatus="ringing")
    twilio_post("/handoff-ended", CallStatus="in-progress", DialCallStatus="failed")

    assert [as_dict(call) for call in stored_calls()] == [before]


@pytest.mark.usefixtures("clara", "patient")
def test_same_call_with_another_to_is_answered_by_it_and_stays_one_record(
    changes: Changes, who: Who, twilio_post: Callable[..., Answer], stored_calls: Callable[[], list[Call]]
) -> None:
    """Whoever it is for is asked anew; the record is that of the first answer, also for the other number's account."""
    add_number(changes, who, "+14155550101")

    assert twilio_post("").verbs == ["Dial"]
    assert twilio_post("", To="+14155550101").verbs == ["Reject"]

    [call] = stored_calls()
    assert (call.account_sid, call.to_number, call.decision) == (ACCOUNT_SID, NUMBER, "routed")


def as_dict(call: Call) -> dict[str, Any]:
    return {column.key: getattr(call, column.key) for column in Call.__table__.columns}
