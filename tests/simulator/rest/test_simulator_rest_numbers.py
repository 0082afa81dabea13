"""The numbers that an account has: read, listed in pages, changed, released."""

from pathlib import Path

import pytest
from twilio.rest import Client

from rest.sdk import VOICE_URL, client_of, refused
from simulator.rest import Provisioning, RunningSimulator, create_simulator

NUMBERS = [f"+1206555010{digit}" for digit in range(5)]
APPLICATION_SID = "AP" + "a" * 32
TRUNK_SID = "TK" + "a" * 32


@pytest.fixture
def five(twilio: Client) -> list[str]:
    """The SIDs of five numbers, the newest first."""
    return [twilio.incoming_phone_numbers.create(phone_number=number).sid for number in NUMBERS][::-1]


def test_pages_are_followed_to_the_end(twilio: Client, five: list[str]) -> None:
    """The SDK follows next_page_uri; each number comes once."""
    assert [number.sid for number in twilio.incoming_phone_numbers.list(page_size=2)] == five


def test_page_tells_its_place(twilio: Client, five: list[str]) -> None:
    """The last page has no next one, the first no previous one."""
    first = twilio.incoming_phone_numbers.page(page_size=3)
    last = first.next_page()

    assert last is not None
    assert (first.previous_page_url, last.next_page_url) == (None, None)
    assert [number.sid for number in last] == five[3:]
    assert [number.sid for number in last.previous_page() or ()] == five[:3]


def test_numbers_released_between_pages_are_not_doubled_or_skipped(twilio: Client, five: list[str]) -> None:
    """The token names the last number of the page before, not a count."""
    first = twilio.incoming_phone_numbers.page(page_size=2)
    twilio.incoming_phone_numbers(five[0]).delete()
    second = first.next_page()

    assert [number.sid for number in second or ()] == five[2:4]


def test_wrong_page_token_is_refused(twilio: Client) -> None:
    """21481."""
    with refused(21481):
        twilio.incoming_phone_numbers.page(page_token="nonsense")


def test_list_finds_a_part_of_a_number(twilio: Client, five: list[str]) -> None:
    """With * for a digit; a friendly name must be whole."""
    twilio.incoming_phone_numbers(five[0]).update(friendly_name="Purchase 7")

    assert len(twilio.incoming_phone_numbers.list(phone_number="2065550*")) == 5
    assert [n.sid for n in twilio.incoming_phone_numbers.list(phone_number="+1206555*104")] == [five[0]]
    assert [n.sid for n in twilio.incoming_phone_numbers.list(friendly_name="Purchase 7")] == [five[0]]
    assert twilio.incoming_phone_numbers.list(friendly_name="Purchase") == []
    assert twilio.incoming_phone_numbers.list(origin="hosted") == []


def test_list_by_type(twilio: Client, five: list[str]) -> None:
    """The sub-resources list their type only."""
    assert len(twilio.incoming_phone_numbers.local.list()) == len(five)
    assert twilio.incoming_phone_numbers.toll_free.list() == []


def test_accounts_see_their_own_numbers_only(twilio: Client, competitor: Client, five: list[str]) -> None:
    """In lists, and by SID."""
    assert competitor.incoming_phone_numbers.list() == []
    for ask in (competitor.incoming_phone_numbers(five[0]).fetch, competitor.incoming_phone_numbers(five[0]).delete):
        with refused(20404, 404):
            ask()
    with refused(20404, 404):
        competitor.incoming_phone_numbers(five[0]).update(voice_url=VOICE_URL)
    assert twilio.incoming_phone_numbers(five[0]).fetch().voice_url == ""


def test_update_changes_what_it_names(twilio: Client, five: list[str]) -> None:
    """The rest stays; what is empty is cleared."""
    number = twilio.incoming_phone_numbers(five[0])
    number.update(voice_url=VOICE_URL, voice_fallback_url=f"{VOICE_URL}/fallback", friendly_name="Desk")

    changed = number.update(voice_fallback_url="")

    assert (changed.voice_url, changed.voice_fallback_url, changed.friendly_name) == (VOICE_URL, "", "Desk")


def test_fallback_cannot_stay_without_its_url(twilio: Client, five: list[str]) -> None:
    """21405 at an update too."""
    number = twilio.incoming_phone_numbers(five[0])
    number.update(voice_url=VOICE_URL, voice_fallback_url=VOICE_URL)

    with refused(21405):
        number.update(voice_url="")


def test_application_and_trunk_take_turns(twilio: Client, five: list[str]) -> None:
    """Setting one removes the other, as documented."""
    number = twilio.incoming_phone_numbers(five[0])

    with_trunk = number.update(trunk_sid=TRUNK_SID)
    with_application = number.update(voice_application_sid=APPLICATION_SID)

    assert (with_trunk.trunk_sid, with_trunk.voice_application_sid) == (TRUNK_SID, "")
    assert (with_application.trunk_sid, with_application.voice_application_sid) == (None, APPLICATION_SID)


def test_transfer_to_an_unrelated_account_is_refused(twilio: Client, five: list[str]) -> None:
    """21473."""
    with refused(21473):
        twilio.incoming_phone_numbers(five[0]).update(account_sid="AC" + "0" * 32)


def test_released_number_is_gone(twilio: Client, five: list[str]) -> None:
    """204, and 404 the second time."""
    assert twilio.incoming_phone_numbers(five[0]).delete() is True

    with refused(20404, 404):
        twilio.incoming_phone_numbers(five[0]).delete()
    assert len(twilio.incoming_phone_numbers.list()) == 4


def test_number_is_pending_for_as_many_reads_as_asked_for(tmp_path: Path) -> None:
    """The purchase's own answer does not count."""
    with RunningSimulator(create_simulator(tmp_path, Provisioning(reads=2))) as running:
        twilio = client_of(running, running.simulator.account)
        number = twilio.incoming_phone_numbers.create(phone_number=NUMBERS[0])
        seen = [number.status, *(number.fetch().status for _ in range(2)), number.fetch().status]

    assert seen == ["pending", "pending", "pending", "in-use"]


def test_number_is_pending_for_as_long_as_asked_for(tmp_path: Path) -> None:
    """Another process that serves the folder later goes by the time of the purchase."""
    with RunningSimulator(create_simulator(tmp_path, Provisioning(seconds=60))) as running:
        twilio = client_of(running, running.simulator.account)
        twilio.incoming_phone_numbers.create(phone_number=NUMBERS[0])
    with RunningSimulator(create_simulator(tmp_path)) as running:
        twilio = client_of(running, running.simulator.account)

        assert [number.status for number in twilio.incoming_phone_numbers.list()] == ["pending"]
