"""Both sides are compared: each difference that somebody can plant at Twilio or here is told, and repaired."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, insert, update

from models import Host, Number, Purchase
from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.errors import Conflict, Forbidden, Invalid, NotFound
from operations.permissions import MEMBER
from operations.release_number import release_number
from operations.repair_numbers import repair_number
from operations.sync_numbers import Compared, compare_numbers, show_difference
from operations.twilio_account import OwnedNumber, TwilioAccount
from simulator.rest import RunningSimulator, too_many_requests
from tests.operations.at_twilio import OLD_WEBHOOKS, WEBHOOKS, buy, laggard
from tests.operations.audit import change_counter, last_change
from tests.operations.conftest import NUMBER

OTHER = "+14155550101"
NUMBERS = "IncomingPhoneNumbers"
APPLICATION, TRUNK = "AP" + "1" * 32, "TK" + "1" * 32
Compare = Callable[..., Compared]


@pytest.fixture
def compare(changes: Changes, twilio: TwilioAccount) -> Compare:
    """Compare both sides."""
    return lambda **more: compare_numbers(changes.database, twilio, WEBHOOKS, **more)


@pytest.fixture
def kinds(compare: Compare) -> Callable[..., list[tuple[str, str]]]:
    """Compare both sides, and return just the kinds of differences and their numbers."""
    return lambda **more: [(one.kind, one.phone_number) for one in compare(**more).differences]


@pytest.fixture
def owned(changes: Changes, who: Who, number: dict[str, Any], twilio: TwilioAccount) -> OwnedNumber:
    """The account's number as both sides have it, without any difference."""
    owned = buy(twilio, NUMBER)
    set_facts(changes, NUMBER, sid=owned.sid)
    return owned


@pytest.fixture
def repair(changes: Changes, who: Who, twilio: TwilioAccount) -> Callable[[str], Any]:
    """Repair a kind of difference of the number."""
    return lambda kind: repair_number(changes, who, twilio, WEBHOOKS, kind, NUMBER)


def set_facts(changes: Changes, phone_number: str, **facts: Any) -> None:
    with changes.database.writing() as session:
        session.execute(update(Number).where(Number.phone_number == phone_number).values(**facts))


def test_two_sides_that_agree_have_no_difference(owned: OwnedNumber, compare: Compare) -> None:
    """And it is known how many numbers that is true for."""
    assert compare() == Compared((), 1)


@pytest.mark.parametrize(
    ("planted", "kind", "words"),
    [
        (
            {"voice_url": "https://old.example.com/voice"},
            "wrong_webhooks",
            "voice url is https://old.example.com/voice",
        ),
        ({"voice_url": WEBHOOKS.voice_url.partition("#")[0]}, "wrong_webhooks", "voice url is https://calls.example"),
        ({"voice_method": "GET"}, "wrong_webhooks", "voice method is GET"),
        ({"voice_fallback_url": ""}, "wrong_webhooks", "voice fallback url is empty"),
        ({"voice_fallback_method": "GET"}, "wrong_webhooks", "voice fallback method is GET"),
        ({"status_callback": ""}, "wrong_webhooks", "status callback is empty"),
        ({"status_callback_method": "GET"}, "wrong_webhooks", "status callback method is GET"),
        ({"voice_application_sid": APPLICATION}, "overridden", f"The TwiML application {APPLICATION} takes the calls"),
        ({"trunk_sid": TRUNK}, "overridden", f"The SIP trunk {TRUNK} takes the calls"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_settings_that_are_not_ours_are_told_and_repaired(
    changes: Changes,
    owned: OwnedNumber,
    twilio: TwilioAccount,
    at_twilio: Callable[..., None],
    compare: Compare,
    repair: Callable[[str], Any],
    planted: dict[str, str],
    kind: str,
    words: str,
) -> None:
    """What each side says is in the difference, and what was before in the audit trail."""
    at_twilio(owned.sid, **planted)

    [difference] = compare().differences
    assert (difference.kind, difference.phone_number, difference.repair) == (kind, NUMBER, "configure")
    assert words in difference.sentence
    assert difference.at_twilio == planted

    _, outcome = repair(kind)

    assert compare().differences == ()
    change = last_change(changes)
    assert (change.action, change.n) == ("number.synced", outcome.n)
    name = next(iter(planted))
    assert (change.before["at_twilio"][name], change.after["at_twilio"][name]) == (planted[name], difference.here[name])


def test_settings_and_an_override_are_two_differences_with_one_repair(
    owned: OwnedNumber, at_twilio: Callable[..., None], kinds: Any, repair: Callable[[str], Any]
) -> None:
    """The second repair finds nothing left to do."""
    at_twilio(owned.sid, voice_url="https://old.example.com/", trunk_sid=TRUNK)

    assert kinds() == [("wrong_webhooks", NUMBER), ("overridden", NUMBER)]
    repair("overridden")
    assert kinds() == []
    assert repair("wrong_webhooks")[1].in_force


def test_number_that_nobody_has_here_is_told(twilio: TwilioAccount, who: Who, compare: Compare) -> None:
    """Twilio charges for it; where its calls go says whose it may be."""
    there = buy(twilio, NUMBER, "Reception", OLD_WEBHOOKS)

    [difference] = compare().differences

    assert (difference.kind, difference.repair) == ("unknown_here", "take_over")
    assert "its calls go to https://old.example.com/voice" in difference.sentence
    assert show_difference(difference)["at_twilio"] == {
        "sid": there.sid,
        "friendly_name": "Reception",
        "voice_url": OLD_WEBHOOKS.voice_url,
    }


def test_number_taken_over_is_no_difference_any_more(
    changes: Changes, who: Who, twilio: TwilioAccount, kinds: Any
) -> None:
    """The repair of what nobody has here."""
    buy(twilio, NUMBER, webhooks=OLD_WEBHOOKS)
    assert kinds() == [("unknown_here", NUMBER)]

    add_number(changes, who, NUMBER, twilio=twilio, webhooks=WEBHOOKS)

    assert kinds() == []


@pytest.mark.parametrize("sid", [None, "PN" + "0" * 32])
def test_number_that_twilio_does_not_have_is_told_and_released_here(
    changes: Changes, owned: OwnedNumber, twilio: TwilioAccount, compare: Compare, repair: Any, sid: str | None
) -> None:
    """Whether it was ever seen there or not."""
    twilio.release(owned.sid)
    set_facts(changes, NUMBER, sid=sid)

    [difference] = compare().differences
    assert (difference.kind, difference.repair) == ("gone_at_twilio", "release")

    released, _ = repair("gone_at_twilio")

    assert released["status"] == "released"
    assert released["charged_until"] is not None
    assert compare().differences == ()


def test_number_that_twilio_has_after_all_is_not_released(owned: OwnedNumber, repair: Callable[[str], Any]) -> None:
    """The repair looks again: a release cannot be undone."""
    with pytest.raises(Conflict) as refusal:
        repair("gone_at_twilio")

    assert refusal.value.code == "number_at_twilio"


@pytest.mark.parametrize(("sid", "kind"), [(None, "sid_missing"), ("PN" + "0" * 32, "sid_differs")])
def test_sid_is_remembered(
    changes: Changes,
    owned: OwnedNumber,
    compare: Compare,
    repair: Callable[[str], Any],
    sid: str | None,
    kind: str,
) -> None:
    """It was added without Twilio, or bought again in Twilio's console."""
    set_facts(changes, NUMBER, sid=sid)

    [difference] = compare().differences
    assert (difference.kind, difference.here, difference.at_twilio) == (kind, {"sid": sid}, {"sid": owned.sid})

    repaired, _ = repair(kind)

    assert compare().differences == ()
    assert (repaired["type"], repaired["country"]) == ("local", "US")
    change = last_change(changes)
    assert (change.before["sid"], change.after["sid"]) == (sid, owned.sid)


def test_repairs_done_twice_change_nothing_the_second_time(
    changes: Changes, owned: OwnedNumber, repair: Callable[[str], Any]
) -> None:
    """Two people may press the button."""
    set_facts(changes, NUMBER, sid=None)
    repair("sid_missing")
    before = change_counter(changes)

    for kind in ("sid_missing", "sid_differs", "wrong_webhooks", "overridden"):
        assert repair(kind)[1].in_force

    assert change_counter(changes) == before


def test_unfinished_release_is_told_as_such(
    changes: Changes, who: Who, owned: OwnedNumber, twilio: TwilioAccount, twilio_server: RunningSimulator, compare: Any
) -> None:
    """Not as a number that nobody has here."""
    twilio_server.faults.next("DELETE", NUMBERS, too_many_requests())
    release_number(changes, who, NUMBER, twilio=twilio)

    [difference] = compare(problems={NUMBER: "Twilio says why."}).differences

    assert (difference.kind, difference.repair) == ("release_unfinished", "finish")
    assert difference.sentence == f"Twilio has not confirmed the release of {NUMBER}. Twilio says why."


def purchase_of(number: dict[str, Any], who: Who, due_in: timedelta) -> dict[str, Any]:
    now = datetime.now(UTC)
    row = {"account_id": who.account, "number_id": number["id"], "phone_number": NUMBER, "tag": "1" * 32}
    return row | {
        "request_hash": "",
        "state": "intended",
        "made_by": "test",
        "intended_at": now,
        "due_at": now + due_in,
    }


@pytest.mark.parametrize("is_there", [False, True])
def test_number_that_is_being_bought_is_no_difference_until_its_purchase_is_overdue(
    changes: Changes, who: Who, twilio: TwilioAccount, compare: Compare, is_there: bool
) -> None:
    """Neither as one that nobody has here, nor as one that is gone there."""
    number, _ = add_number(changes, who, NUMBER, status="pending")
    if is_there:
        buy(twilio, NUMBER)
    with changes.database.writing() as session:
        session.execute(insert(Purchase), [purchase_of(number, who, timedelta(minutes=1))])
    assert compare().differences == ()

    with changes.database.writing() as session:
        session.execute(update(Purchase).values(due_at=datetime.now(UTC)))
    assert [one.kind for one in compare().differences] == ["purchase_unfinished"]


def test_number_that_changes_sides_while_twilio_is_read_is_no_difference(
    changes: Changes, who: Who, owned: OwnedNumber, twilio: TwilioAccount, kinds: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is released and another taken over between the first reading and the second."""
    there = buy(twilio, OTHER)
    every_number = TwilioAccount.every_number

    def change_sides(account: TwilioAccount) -> Iterator[OwnedNumber]:
        release_number(changes, who, NUMBER, twilio=twilio)
        yield from every_number(account)
        add_number(changes, who, OTHER, twilio=twilio, webhooks=WEBHOOKS)

    monkeypatch.setattr(TwilioAccount, "every_number", change_sides)

    assert kinds() == []
    assert twilio.read(there.sid) is not None


def test_account_is_told_about_its_own_numbers_only(
    changes: Changes, who: Who, other: Who, owned: OwnedNumber, twilio: TwilioAccount, kinds: Any
) -> None:
    """Two accounts share one account at Twilio; what nobody has here may be anybody's."""
    add_number(changes, other, OTHER)
    buy(twilio, "+14155550102")

    assert kinds(account_id=who.account) == []
    assert kinds(account_id=other.account) == [("gone_at_twilio", OTHER)]
    assert kinds() == [("gone_at_twilio", OTHER), ("unknown_here", "+14155550102")]


def test_only_account_is_told_what_nobody_has_here(
    changes: Changes, who: Who, twilio: TwilioAccount, kinds: Any
) -> None:
    """It cannot be anybody else's."""
    buy(twilio, OTHER)

    assert kinds(account_id=who.account) == [("unknown_here", OTHER)]


def test_another_accounts_number_is_not_repaired(
    changes: Changes, other: Who, owned: OwnedNumber, twilio: TwilioAccount
) -> None:
    """It is not there at all."""
    with pytest.raises(NotFound):
        repair_number(changes, other, twilio, WEBHOOKS, "wrong_webhooks", NUMBER)


@pytest.mark.parametrize("kind", ["unknown_here", "release_unfinished", "earthquake"])
def test_what_is_not_repaired_so_is_refused_with_the_way_to_do_it(
    owned: OwnedNumber, repair: Callable[[str], Any], kind: str
) -> None:
    """Somebody has to say who gets a number."""
    with pytest.raises(Invalid):
        repair(kind)


@pytest.mark.parametrize("kind", ["wrong_webhooks", "sid_missing", "gone_at_twilio"])
def test_released_number_is_not_repaired(
    changes: Changes, who: Who, owned: OwnedNumber, twilio: TwilioAccount, repair: Callable[[str], Any], kind: str
) -> None:
    """It was released after somebody had seen the difference."""
    release_number(changes, who, NUMBER, twilio=twilio)

    with pytest.raises(Conflict) as refusal:
        repair(kind)

    assert refusal.value.code == "number_released"


def test_member_repairs_nothing(
    changes: Changes, who: Who, owned: OwnedNumber, twilio: TwilioAccount, twilio_server: RunningSimulator
) -> None:
    """And Twilio is not even asked."""
    twilio_server.faults.next("*", "*", too_many_requests())

    with pytest.raises(Forbidden):
        repair_number(changes, replace(who, role=MEMBER), twilio, WEBHOOKS, "wrong_webhooks", NUMBER)

    assert twilio_server.faults.waiting() == 1


def test_calls_are_not_pointed_here_while_a_host_lags_behind(
    changes: Changes,
    owned: OwnedNumber,
    twilio: TwilioAccount,
    at_twilio: Callable[..., None],
    repair: Callable[[str], Any],
) -> None:
    """It might not know the number yet, and would refuse its calls."""
    at_twilio(owned.sid, voice_url="https://old.example.com/")
    with changes.database.writing() as session:
        session.execute(insert(Host), [laggard()])

    with pytest.raises(Conflict) as refusal:
        repair("wrong_webhooks")

    assert refusal.value.code == "not_in_force"
    assert twilio.read(owned.sid).voice_url == "https://old.example.com/"


def test_thousands_of_numbers_take_a_handful_of_queries(
    changes: Changes, who: Who, twilio: TwilioAccount, owned: OwnedNumber, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One pass over each side, however many there are."""
    phone_numbers = [f"+1415{index:07}" for index in range(2_000_000, 2_005_000)]
    rows = [
        {"account_id": who.account, "phone_number": each, "label": "", "status": "active", "sid": f"PN{each[1:]:>032}"}
        for each in phone_numbers
    ]
    with changes.database.writing() as session:
        session.execute(delete(Number))
        session.execute(insert(Number), rows)
    there = [replace(owned, phone_number=row["phone_number"], sid=row["sid"]) for row in rows[1:]]
    monkeypatch.setattr(TwilioAccount, "every_number", lambda account: iter(there))
    statements: list[str] = []
    event.listen(changes.database.engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
    read = []

    compared = compare_numbers(changes.database, twilio, WEBHOOKS, advance=read.append)

    assert compared.unknown == ()
    assert [(one.kind, one.phone_number) for one in compared.differences] == [("gone_at_twilio", phone_numbers[0])]
    assert (compared.on_both_sides, sum(read)) == (4999, 4999)
    assert len([statement for statement in statements if "SELECT" in statement]) <= 5
