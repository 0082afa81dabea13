"""Trying the connection to Twilio: which account, and how many numbers of whose."""

import pytest

from operations import twilio_connection
from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.twilio_account import TwilioAccount, webhooks_of
from operations.twilio_connection import try_connection
from operations.twilio_errors import TwilioRefused
from simulator.rest import RunningSimulator
from simulator.rest.accounts import add_api_key
from tests.conftest import ACCOUNT_SID

NUMBERS = ("+14155550100", "+14155550101", "+14155550102")


@pytest.fixture
def bought(twilio: TwilioAccount) -> None:
    """Three numbers at Twilio that nobody has here."""
    for number in NUMBERS:
        twilio.buy(number, number, webhooks_of("https://calls.example.com"))


@pytest.mark.usefixtures("bought")
def test_only_account_is_told_of_every_number(changes: Changes, who: Who, twilio: TwilioAccount) -> None:
    """Also of those that it does not have here yet."""
    found = try_connection(changes.database, twilio, who.account)

    assert found.state is not None
    assert (found.state.sid, found.state.status, found.state.is_trial) == (ACCOUNT_SID, "active", False)
    assert (found.numbers, found.is_all) == (3, True)


@pytest.mark.usefixtures("bought")
def test_account_among_others_is_told_of_its_own_numbers(
    changes: Changes, who: Who, other: Who, twilio: TwilioAccount
) -> None:
    """How many the others have is not its business."""
    add_number(changes, who, NUMBERS[0], twilio=twilio)

    counts = [try_connection(changes.database, twilio, one.account).numbers for one in (who, other)]

    assert counts == [1, 0]


@pytest.mark.usefixtures("bought")
def test_counting_ends_before_somebody_has_waited_too_long(
    changes: Changes, who: Who, twilio: TwilioAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says that there are more."""
    monkeypatch.setattr(twilio_connection, "MOST_COUNTED", 2)

    found = try_connection(changes.database, twilio, who.account)

    assert (found.numbers, found.is_all) == (2, False)


def test_wrong_credentials_are_said_to_be_wrong(changes: Changes, who: Who, twilio_server: RunningSimulator) -> None:
    """They may ask for nothing at all."""
    twilio = TwilioAccount(ACCOUNT_SID, ACCOUNT_SID, "wrong", twilio_server.base_url)

    with pytest.raises(TwilioRefused, match="does not accept our credentials"):
        try_connection(changes.database, twilio, who.account)
    twilio.close()


def test_key_that_may_not_ask_whose_account_it_is_does_no_harm(
    changes: Changes, who: Who, twilio_server: RunningSimulator
) -> None:
    """A standard one may do everything that the router needs."""
    key = add_api_key(twilio_server.simulator.folder, ACCOUNT_SID)
    twilio = TwilioAccount(ACCOUNT_SID, key.sid, key.secret, twilio_server.base_url)

    found = try_connection(changes.database, twilio, who.account)
    twilio.close()

    assert (found.state, found.numbers) == (None, 0)
