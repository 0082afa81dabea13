"""`flask numbers import`: a preview, a question, and then one whole number after another."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert

from admin.commands import import_numbers
from models import Host
from operations.twilio_account import TwilioAccount, Webhooks, webhooks_of
from simulator.rest import RunningSimulator, internal_error
from tests.admin.conftest import NUMBER, Run
from tests.conftest import PUBLIC_URL
from tests.operations.at_twilio import laggard

OLD_WEBHOOKS = Webhooks("https://old.example.com/voice", "https://old.example.com/fallback", "")
VOICE_URL = webhooks_of(PUBLIC_URL).voice_url
FIRST, SECOND, THIRD = "+14155550101", "+14155550102", "+14155550103"
LINES = f"""phone_number,agent,location,label
{FIRST},Clara,Downtown,First line
{SECOND},Bruno,,
{THIRD},,,Third line
"""


@pytest.fixture
def twilio(twilio_server: RunningSimulator, app: Flask, business: Run) -> TwilioAccount:
    """The account at the simulated Twilio, which has the first number."""
    account: TwilioAccount = app.extensions["twilio"]
    account.buy(FIRST, "", OLD_WEBHOOKS)
    return account


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Three numbers in a CSV file."""
    path = tmp_path / "numbers.csv"
    path.write_text(LINES)
    return str(path)


@pytest.fixture
def numbers(run_json: Callable[..., Any]) -> Callable[[], list[str]]:
    """Return the numbers that the account has."""
    return lambda: [number["phone_number"] for number in run_json("numbers", "list")]


def test_preview_shows_what_would_change(
    twilio: TwilioAccount, business: Run, numbers: Callable[[], list[str]], file: str
) -> None:
    """Where the calls of each number go now, and would go then; nothing is done."""
    result = business("numbers", "import", file, "--dry-run")

    assert [line.split()[:2] for line in result.stdout.splitlines()[1:]] == [["2", FIRST], ["3", SECOND], ["4", THIRD]]
    assert result.stdout.splitlines()[1].split()[-3:] == ["add", OLD_WEBHOOKS.voice_url, VOICE_URL]
    assert numbers() == [NUMBER]


def test_preview_is_json_if_asked(twilio: TwilioAccount, business: Run, file: str) -> None:
    """For programs."""
    first, *_ = json.loads(business("numbers", "import", file, "--dry-run", "--json").stdout)

    assert first == {
        "line": 2,
        "phone_number": FIRST,
        "agent": "Clara",
        "location": "Downtown",
        "label": "First line",
        "action": "add",
        "voice_url_now": OLD_WEBHOOKS.voice_url,
        "voice_url_then": VOICE_URL,
    }


def test_numbers_are_taken_over_after_yes(
    twilio: TwilioAccount, business: Run, run_json: Callable[..., Any], file: str
) -> None:
    """Here with their agents, and at Twilio with our webhooks."""
    result = business("numbers", "import", file, typed="y\n")

    assert "Take over 3 numbers?" in result.stderr
    assert "3 of 3 numbers taken over." in result.stderr
    by_number = {number["phone_number"]: number for number in run_json("numbers", "list")}
    assert by_number[FIRST]["agent"]["name"] == "Clara"
    assert by_number[SECOND]["agent"]["name"] == "Bruno"
    assert by_number[THIRD]["label"] == "Third line"
    assert twilio.find(FIRST).voice_url == VOICE_URL


@pytest.mark.parametrize("typed", ["n\n", ""])
def test_nothing_is_done_without_a_yes(
    twilio: TwilioAccount, business: Run, numbers: Callable[[], list[str]], file: str, typed: str
) -> None:
    """The preview was for deciding."""
    business("numbers", "import", file, typed=typed, status=1)

    assert numbers() == [NUMBER]


def test_nothing_is_done_when_any_line_is_wrong(
    twilio: TwilioAccount, business: Run, numbers: Callable[[], list[str]], file: str
) -> None:
    """Every wrong line is told, whether it is wrong by itself or by what is here."""
    with open(file, "a") as lines:
        lines.write(f"555-0104,,,\n{NUMBER},Bruno,,\n+14155550105,Nobody,,\n{FIRST},,,\n")

    result = business("numbers", "import", file, "--yes", status=2)

    told = [line for line in result.stderr.splitlines() if line.startswith("Line ")]
    assert [line.partition(":")[0] for line in told] == ["Line 5", "Line 6", "Line 7", "Line 8"]
    assert "4 lines are wrong. Nothing was done." in result.stderr
    assert numbers() == [NUMBER]


def test_import_can_be_repeated(twilio: TwilioAccount, business: Run, file: str) -> None:
    """What was done before is nothing to do."""
    business("numbers", "import", file, "--yes")
    result = business("numbers", "import", file, "--yes")

    assert [line.split()[-3] for line in result.stdout.splitlines()[1:2]] == ["nothing"]
    assert "0 of 0 numbers taken over." in result.stderr


def test_ctrl_c_leaves_whole_numbers_and_the_rest_can_follow(
    twilio: TwilioAccount,
    business: Run,
    numbers: Callable[[], list[str]],
    file: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It comes while the first number is being taken over: that one is finished, no other is begun."""
    import_row = import_numbers.import_row

    def interrupt(*arguments: Any) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return import_row(*arguments)

    monkeypatch.setattr(import_numbers, "import_row", interrupt)
    result = business("numbers", "import", file, "--yes", status=1)

    assert "Stopping after this step." in result.stderr
    assert numbers() == [NUMBER, FIRST]
    assert twilio.find(FIRST).voice_url == VOICE_URL

    monkeypatch.undo()
    assert "2 of 2 numbers taken over." in business("numbers", "import", file, "--yes").stderr
    assert numbers() == [NUMBER, FIRST, SECOND, THIRD]


def test_what_twilio_did_not_do_is_told_with_its_line(
    twilio: TwilioAccount, twilio_server: RunningSimulator, business: Run, file: str
) -> None:
    """The number is here; `sync` will point it here."""
    twilio_server.faults.next("POST", "IncomingPhoneNumbers", internal_error())

    result = business("numbers", "import", file, "--yes")

    assert f"Line 2: {FIRST} was added, but it is not certain that its calls come here" in result.stderr
    business("numbers", "sync", "--repair", "--only", FIRST)


def test_import_goes_on_without_twilio_and_says_so(
    twilio: TwilioAccount, twilio_server: RunningSimulator, business: Run, numbers: Callable[[], list[str]], file: str
) -> None:
    """Nothing is changed there, and it is not asked for each of ten thousand numbers."""
    twilio_server.faults.next("GET", "IncomingPhoneNumbers", internal_error())

    result = business("numbers", "import", file, "--yes")

    assert "Twilio could not be asked, so nothing is changed there." in result.stderr
    assert numbers() == [NUMBER, FIRST, SECOND, THIRD]
    assert twilio.find(FIRST).voice_url == OLD_WEBHOOKS.voice_url


def test_printed_json_is_what_was_taken_over(twilio: TwilioAccount, business: Run, file: str) -> None:
    """As the API shows numbers."""
    printed = json.loads(business("numbers", "import", file, "--yes", "--json").stdout)

    assert [number["phone_number"] for number in printed] == [FIRST, SECOND, THIRD]


def test_file_that_is_no_text_is_refused(business: Run, tmp_path: Path) -> None:
    """In a sentence, with exit status 2."""
    path = tmp_path / "numbers.xlsx"
    path.write_bytes(b"PK\x03\x04" + bytes(range(256)))

    result = business("numbers", "import", str(path), status=2)

    assert "Save the file as “CSV UTF-8”" in result.stderr


def test_import_is_not_done_while_a_host_has_not_followed(
    twilio: TwilioAccount, app: Flask, business: Run, file: str
) -> None:
    """Status 1, and each line says what it waits for, as every other change does."""
    with app.extensions["changes"].database.writing() as session:
        session.execute(insert(Host), [laggard()])

    result = business("numbers", "import", file, "--yes", status=1)

    assert "3 of 3 numbers taken over." in result.stderr
    assert result.stderr.count("not yet in force on: laggard") == 3
