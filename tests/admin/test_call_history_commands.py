"""`flask calls show|stats|export|purge`, from the shell to the database."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from models import Call
from operations.changes import Changes
from tests.admin.conftest import Run
from tests.operations.past_calls import count_rows, store_call


@pytest.fixture
def calls(business: Run, changes: Changes) -> list[str]:
    """Three calls: one long ago, one refused yesterday, one a moment ago that nobody owns."""
    now = datetime.now(UTC)
    clara = {"agent_name": "Clara", "agent_id": 1, "location_id": 1, "location_name": "Downtown", "number_id": 1}
    return [
        store_call(changes, 1, now - timedelta(days=400), **clara),
        store_call(changes, 1, now - timedelta(days=1), decision="paused", forwarded_from="+14155550142", **clara),
        store_call(changes, None, now, decision="unknown", to_number="+14155550149"),
    ]


def test_calls_are_listed_by_what_they_have_in_common(run_json: Callable[..., Any], calls: list[str]) -> None:
    """The filters of the API; calls that nobody owns are the operator's."""
    old, refused, unknown = calls

    def listed(*options: str) -> list[str]:
        return [call["call_sid"] for call in run_json("calls", "list", *options)]

    assert listed() == [unknown, refused, old]
    assert listed("--limit", "1") == [unknown]
    assert listed("--refused") == [unknown, refused]
    assert listed("--answered") == [old]
    assert listed("--decision", "paused", "--agent", "Clara", "--location", "Downtown") == [refused]
    assert listed("--via", "+1 415 555 0142") == [refused]
    assert listed("--until", (datetime.now(UTC) - timedelta(days=30)).date().isoformat()) == [old]
    assert listed("--to", "+14155550149") == [unknown]


def test_a_filter_that_cannot_be_read_is_wrong_usage(run: Run, calls: list[str]) -> None:
    """Exit status 2, with the sentence."""
    assert "is not a day" in run("calls", "list", "--from", "yesterday", status=2).stderr


def test_a_call_is_told_as_a_story(run: Run, run_json: Callable[..., Any], calls: list[str]) -> None:
    """The paragraph first, then what happened when; as JSON all of it."""
    told = run("calls", "show", calls[1]).stdout

    assert told.startswith("+14155550199 called Main line (+14155550100) through the forwarded line +14155550142 on ")
    assert "because the number was paused." in told
    assert "what happened" in told
    assert run_json("calls", "show", calls[1])["receipt"]["decision"] == "paused"
    assert "no account has this number" in run("calls", "show", calls[2]).stdout
    run("calls", "show", "CA" + "f" * 32, status=1)


def test_calls_are_counted(run: Run, run_json: Callable[..., Any], calls: list[str]) -> None:
    """Of the last thirty days unless told otherwise."""
    counted = run_json("calls", "stats")

    assert (counted["calls"], counted["lost_while_paused"], len(counted["days"])) == (1, 1, 30)
    table = run("calls", "stats", "--timezone", "America/Los_Angeles").stdout
    assert "lost while paused" in table
    assert "Downtown" in table
    run("calls", "stats", "--from", "2026-01-01", "--until", "2026-12-31", status=2)


def test_calls_are_exported(run: Run, calls: list[str], tmp_path: Path) -> None:
    """To standard output or into a file, progress on standard error."""
    printed = run("calls", "export", "--decision", "paused")
    run("calls", "export", "--output", str(tmp_path / "calls.csv"))

    [row] = csv.DictReader(StringIO(printed.stdout))
    assert (row["call_sid"], row["from"]) == (calls[1], "'+14155550199")
    assert "Calls exported: 1" in printed.stderr
    in_file = list(csv.DictReader(StringIO((tmp_path / "calls.csv").read_bytes().decode(), newline="")))
    assert [row["call_sid"] for row in in_file] == [calls[1], calls[0]]
    assert [path.name for path in tmp_path.glob("calls.csv*")] == ["calls.csv"]


def test_an_export_that_is_cut_off_leaves_no_file(
    run: Run, calls: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody takes half of it for the whole."""

    def cut_off(*_: Any) -> Any:
        yield "call_sid\r\n"
        raise KeyboardInterrupt

    monkeypatch.setattr("admin.commands.call_history.export_calls", cut_off)

    run("calls", "export", "--output", str(tmp_path / "calls.csv"), status=1)

    assert list(tmp_path.glob("calls.csv*")) == []


def test_old_calls_are_purged_once_somebody_has_looked(
    run: Run, run_json: Callable[..., Any], calls: list[str]
) -> None:
    """`--dry-run` deletes nothing; calls that nobody owns are named on purpose."""
    said = run("calls", "purge", "--dry-run").stdout
    assert said.startswith("1 call from before")
    assert said.endswith("would be purged.\n")
    assert len(run_json("calls", "list")) == 3

    assert run_json("calls", "purge")["calls"] == 1
    assert [call["call_sid"] for call in run_json("calls", "list")] == calls[:0:-1]
    assert run_json("calls", "purge", "--nobodys")["calls"] == 0
    run("calls", "purge", "--older-than", "0", status=2)


def test_purge_says_how_far_it_is(run: Run, calls: list[str], changes: Changes) -> None:
    """On standard error, so that --json stays JSON."""
    purged = run("calls", "purge", "--json")

    assert json.loads(purged.stdout)["dry_run"] is False
    assert "Calls purged: 1 of 1" in purged.stderr
    assert count_rows(changes, Call) == 2


def test_what_a_call_would_meet_is_told(business: Run, run_json: Callable[..., Any]) -> None:
    """The sentence and the TwiML; nothing is placed."""
    told = business("numbers", "what-if", "+1 415 555 0100", "--from", "anonymous").stdout

    sentence, twiml = told.splitlines()[0], told.partition("\n")[2]
    assert sentence.startswith("A call to +14155550100 would be handed to Clara (telephone)")
    assert "<Dial" in twiml
    business("numbers", "pause", "+14155550100")
    assert run_json("numbers", "what-if", "+14155550100")["decision"] == "paused"
    business("numbers", "what-if", "+14155550100", "--at", "2020-01-01", status=2)
    business("numbers", "what-if", "+14155550149", status=1)
