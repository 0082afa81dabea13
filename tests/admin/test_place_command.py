"""`flask calls place`: without Twilio's credentials a call goes where the simulated Twilio sends it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskCliRunner

from operations.accounts import create_account
from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.permissions import SYSTEM
from operations.release_number import release_number
from operations.twilio_account import TwilioAccount, Webhooks, webhooks_of
from simulator.rest import CallLedger, RunningSimulator, keep_pending
from simulator.story import CallOutcome
from tests.conftest import ACCOUNT_SID, NOTHING_LISTENS

CALLER, NUMBER = "+14155550199", "+14155550100"
HERE = webhooks_of(NOTHING_LISTENS)


class Shell:
    """A shell of a router that nobody reaches: what counts here is where calls are sent."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.changes: Changes = app.extensions["changes"]
        self.twilio: TwilioAccount = app.extensions["twilio"]
        system = Who(None, "test", SYSTEM)
        self.who = Who(create_account(self.changes, system, "Example Business")["id"], "test", SYSTEM)

    @property
    def calls(self) -> list[str]:
        """The numbers that were called, as the simulated Twilio lists them."""
        folder: Path = self.app.extensions["settings"].data_dir / "simulator"
        return [call.to_number for call in CallLedger(folder).calls_of(ACCOUNT_SID)]

    def place(self, to_number: str = NUMBER) -> Result:
        return FlaskCliRunner(self.app).invoke(args=["calls", "place", CALLER, to_number])


@pytest.fixture
def shell(twilio_server: RunningSimulator, make_app: Callable[..., Flask]) -> Shell:
    """A router without Twilio's credentials, in front of the simulated Twilio."""
    return Shell(make_app(twilio_account_sid="", twilio_auth_token=(), public_url=NOTHING_LISTENS))


def test_call_goes_where_the_number_points_and_is_listed_at_twilio(shell: Shell) -> None:
    """Whether or not we know the number."""
    shell.twilio.buy(NUMBER, "Main line", HERE)

    output = shell.place().output

    assert HERE.fallback_url in output
    assert "points elsewhere" not in output
    assert shell.calls == [NUMBER]


def test_number_that_points_elsewhere_is_said_to(shell: Shell) -> None:
    """Twilio asks that other URL, and the way to mend it is named."""
    shell.twilio.buy(NUMBER, "Main line", Webhooks("http://127.0.0.1:2/old", "http://127.0.0.1:2/older", ""))

    output = shell.place().output

    assert "flask numbers sync" in output
    assert "http://127.0.0.1:2/old" in output
    assert NOTHING_LISTENS + "/twilio" not in output


def test_nobody_can_be_called_where_nobody_has_the_number(shell: Shell) -> None:
    """Neither at Twilio nor here."""
    result = shell.place()

    assert result.exit_code == 1
    assert result.output.startswith(f"Nobody has {NUMBER} at Twilio. The caller hears that it is not in service")
    assert shell.calls == []


def test_released_number_is_nobodys_at_twilio(shell: Shell) -> None:
    """The truth about calling it: no call arrives any more."""
    shell.twilio.buy(NUMBER, "Main line", HERE)
    add_number(shell.changes, shell.who, NUMBER, twilio=shell.twilio)
    release_number(shell.changes, shell.who, NUMBER, twilio=shell.twilio)

    assert "Nobody has" in shell.place().output


def test_number_that_twilio_does_not_put_through_is_told_why(shell: Shell) -> None:
    """One that is pending there, for instance."""
    shell.twilio.buy(NUMBER, "Main line", HERE)
    keep_pending(shell.app.extensions["settings"].data_dir / "simulator", NUMBER)

    result = shell.place()

    assert result.exit_code == 1
    assert "still pending" in result.output


def test_number_that_only_we_have_is_called_straight(shell: Shell) -> None:
    """It was added while the simulated Twilio was away."""
    add_number(shell.changes, shell.who, NUMBER)

    output = shell.place().output

    assert "does not have this number" in output
    assert HERE.fallback_url in output
    assert shell.calls == [NUMBER]


def test_call_with_real_credentials_comes_straight(
    twilio_server: RunningSimulator, make_app: Callable[..., Flask]
) -> None:
    """The real Twilio has no part in a simulated call."""
    shell = Shell(make_app(public_url=NOTHING_LISTENS))

    output = shell.place().output

    assert HERE.fallback_url in output
    assert shell.calls == []


def test_outcome_is_billed_at_twilio_as_it_was_told(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of calls and the story are one."""
    recorded: list[CallOutcome] = []
    monkeypatch.setattr(CallLedger, "record", lambda _, call, outcome, start=None: recorded.append(outcome))
    shell.twilio.buy(NUMBER, "Main line", HERE)

    output = shell.place().output

    assert [f"The call has ended: {outcome.call_status}." for outcome in recorded] == [output.splitlines()[-1]]
