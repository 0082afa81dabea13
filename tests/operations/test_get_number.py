"""A number is bought once, with all that it needs to take calls, or is refused with a sentence and leaves nothing."""

from typing import Any

import pytest
from sqlalchemy import delete, select

from models import Account, ForwardedLine, Number, Price
from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.errors import Conflict, Forbidden, Invalid, KeyReused, NotFound, OperationError, TooMany
from operations.permissions import ADMIN, MEMBER
from operations.release_number import release_number
from operations.twilio_errors import TwilioRefused, TwilioUnavailable
from simulator.rest import account_not_active, authentication_failed, too_many_requests
from tests.operations.audit import change_counter, every_change, last_change, numbers_named_by
from tests.operations.conftest import NUMBER
from tests.operations.shop import ALSO_FOR_SALE, FOR_SALE, NUMBERS, WEBHOOKS, Shop


def test_number_is_active_at_once_with_agent_location_label_and_price(
    shop: Shop, who: Who, number: dict[str, Any]
) -> None:
    """The simulated Twilio says in-use in its answer to the purchase."""
    getting = shop.get(who, agent="Clara", location="Downtown", label="Sales")

    got = getting.number
    assert (got["phone_number"], got["status"], got["label"]) == (FOR_SALE, "active", "Sales")
    assert (got["agent"]["name"], got["location"]["name"], got["receiving_calls"]) == ("Clara", "Downtown", True)
    assert (got["country"], got["type"], got["monthly_price"], got["price_unit"]) == ("US", "local", "1.15", "USD")
    assert (getting.outcome.in_force, getting.is_certain, getting.is_replay) == (True, True, False)


def test_all_urls_are_set_in_the_purchase_itself(shop: Shop, who: Who) -> None:
    """There is no moment at which a call to a number of ours would find no webhook."""
    shop.get(who)

    [owned] = shop.owned().values()
    assert owned.voice_url == WEBHOOKS.voice_url
    assert owned.voice_url.endswith("/twilio/voice#rc=2&rp=5xx,ct,rt")
    assert (owned.voice_fallback_url, owned.status_callback) == (WEBHOOKS.fallback_url, WEBHOOKS.status_callback_url)
    [purchase] = shop.purchases()
    assert purchase.tag in owned.friendly_name
    assert (purchase.state, purchase.sid, purchase.made_by) == ("bought", owned.sid, who.name)


def test_audit_trail_tells_of_the_order_and_of_the_purchase(shop: Shop, changes: Changes, who: Who) -> None:
    """Two changes: the number appears as Pending before Twilio is asked, and is bought after."""
    getting = shop.get(who)

    ordered, purchased = every_change(changes)[-2:]
    assert (ordered.action, ordered.before, ordered.after["status"]) == ("number.ordered", None, "pending")
    assert (purchased.action, purchased.before, purchased.after) == (
        "number.purchased",
        ordered.after,
        getting.number,
    )
    assert {ordered.made_by, purchased.made_by} == {who.name}
    assert numbers_named_by(changes, purchased.n) == [FOR_SALE]


def test_number_stays_pending_until_twilio_says_in_use(slow_shop: Shop, changes: Changes, who: Who) -> None:
    """It receives no calls, and becomes active when Twilio says so, without anybody's doing."""
    assert slow_shop.get(who).number["status"] == "pending"
    assert slow_shop.activate() == []
    assert slow_shop.activate() == []

    [active] = slow_shop.activate()

    assert (active["phone_number"], active["status"]) == (FOR_SALE, "active")
    assert (last_change(changes).action, last_change(changes).made_by) == ("number.activated", "housekeeper")
    assert slow_shop.activate() == []


def test_number_released_while_pending_is_not_activated(slow_shop: Shop, who: Who) -> None:
    """Released is final."""
    slow_shop.get(who)
    slow_shop.set_status("released")

    assert [slow_shop.activate() for _ in range(3)] == [[], [], []]
    assert [number.status for number in slow_shop.numbers()] == ["released"]


REFUSALS = [
    (authentication_failed(), TwilioRefused, "twilio_credentials"),
    (account_not_active(), TwilioRefused, "twilio_account_not_active"),
    (too_many_requests(), TwilioUnavailable, "twilio_busy"),
]


@pytest.mark.parametrize(("fault", "error", "code"), REFUSALS)
def test_refused_purchase_leaves_no_number_and_keeps_why(
    shop: Shop, changes: Changes, who: Who, fault: Any, error: type[OperationError], code: str
) -> None:
    """Nothing was bought, so nothing is Pending; whoever asked is told Twilio's reason as a sentence."""
    shop.faults.next("POST", NUMBERS, fault)

    with pytest.raises(error) as refusal:
        shop.get(who)

    assert refusal.value.code == code
    assert (shop.numbers(), shop.owned()) == ([], {})
    [purchase] = shop.purchases()
    assert (purchase.state, purchase.problem_code, purchase.problem) == ("failed", code, refusal.value.message)
    change = last_change(changes)
    assert (change.action, change.after, change.reason) == ("number.purchase_failed", None, refusal.value.message)


@pytest.mark.parametrize("fault", [authentication_failed(), too_many_requests()])
def test_number_is_not_bought_when_twilio_cannot_say_whether_it_is_owned(shop: Shop, who: Who, fault: Any) -> None:
    """To buy a number that is owned would repoint it, so without an answer nothing is bought."""
    shop.faults.next("GET", NUMBERS, fault)

    with pytest.raises(OperationError):
        shop.get(who)

    assert (shop.numbers(), shop.owned()) == ([], {})


def test_number_that_somebody_else_bought_is_no_longer_available(shop: Shop, who: Who) -> None:
    """A search does not reserve what it finds."""
    shop.sell_to_somebody_else()

    with pytest.raises(TwilioRefused) as refusal:
        shop.get(who)

    assert refusal.value.code == "number_not_available"
    assert shop.numbers() == []


def test_number_that_is_in_the_twilio_account_already_is_left_alone(shop: Shop, who: Who) -> None:
    """A purchase would silently point a live number at us."""
    before = shop.buy_behind_our_back()

    with pytest.raises(Conflict) as refusal:
        shop.get(who)

    assert (refusal.value.code, "flask numbers add" in refusal.value.message) == ("number_owned", True)
    assert shop.owned() == {FOR_SALE: before}
    assert shop.numbers() == []


def test_pending_number_leaves_with_its_forwarded_lines(shop: Shop, changes: Changes, who: Who) -> None:
    """They may have been registered while Twilio was asked."""
    shop.get(who)
    with changes.database.writing() as session:
        [number] = session.scalars(select(Number)).all()
        session.add(ForwardedLine(account_id=who.account, number_id=number.id, phone_number="+14155550190"))
        number.status = "pending"
        [purchase] = shop.purchases()
        session.merge(purchase).state = "intended"
    shop.server.simulator.faults.next("GET", NUMBERS, too_many_requests())

    assert shop.finish()[0].state == "intended"
    shop.twilio.release(purchase.sid or "")
    shop.sell_to_somebody_else()

    assert shop.finish()[0].state == "failed"
    with changes.database.reading() as session:
        assert (session.scalars(select(Number)).all(), session.scalars(select(ForwardedLine)).all()) == ([], [])


@pytest.mark.parametrize(
    ("wishes", "error", "code"),
    [
        ({"phone_number": "555-0100"}, Invalid, "invalid"),
        ({"phone_number": NUMBER}, Conflict, "number_exists"),
        ({"agent": "Zoe"}, NotFound, "not_found"),
        ({"location": "Harbour"}, NotFound, "not_found"),
        ({"label": "two\nlines"}, Invalid, "invalid"),
        ({"iso_country": "USA"}, Invalid, "invalid"),
        ({"number_type": "cheap"}, Invalid, "invalid"),
        ({"idempotency_key": ""}, Invalid, "invalid"),
        ({"idempotency_key": "k" * 256}, Invalid, "invalid"),
    ],
)
def test_refused_order_leaves_nothing_behind_and_does_not_ask_twilio(
    shop: Shop, changes: Changes, who: Who, other: Who, number: dict[str, Any], wishes: Any, error: type, code: str
) -> None:
    """No row, no change number; the fault that waits for a purchase still waits."""
    before = change_counter(changes)
    shop.faults.next("POST", NUMBERS, too_many_requests())

    with pytest.raises(error) as refusal:
        shop.get(who, **wishes)

    assert refusal.value.code == code
    assert (change_counter(changes), shop.faults.waiting(), shop.purchases()) == (before, 1, [])


def test_member_may_not_get_numbers(shop: Shop, who: Who) -> None:
    """An Admin may; and nobody is asked for a price before that is clear."""
    with pytest.raises(Forbidden):
        shop.get(Who(who.account, "member@example.com", MEMBER))

    assert shop.get(Who(who.account, "admin@example.com", ADMIN)).number["status"] == "active"


def test_number_of_another_account_is_like_a_strangers(shop: Shop, who: Who, other: Who) -> None:
    """Nobody but the operator is told more than Twilio tells of a number that is not for sale."""
    shop.sell_to_somebody_else()
    shop.get(other, ALSO_FOR_SALE)
    admin = Who(who.account, "admin@example.com", ADMIN)
    told = []
    for number in (FOR_SALE, ALSO_FOR_SALE):
        with pytest.raises(OperationError) as refusal:
            shop.get(admin, number)
        told.append((refusal.value.status, refusal.value.code, refusal.value.message))
    with pytest.raises(Conflict) as operators:
        shop.get(who, ALSO_FOR_SALE)

    assert told[0] == told[1]
    assert (told[0][1], operators.value.code) == ("number_not_available", "number_taken")


def test_what_the_shared_twilio_account_has_is_not_told_to_tenants(shop: Shop, who: Who, other: Who) -> None:
    """With several accounts nobody knows whose it is, and it may be another tenant's."""
    shop.buy_behind_our_back()

    with pytest.raises(Conflict) as refusal:
        shop.get(Who(who.account, "admin@example.com", ADMIN))

    assert refusal.value.code == "number_not_available"


def test_release_of_another_account_is_not_told(shop: Shop, who: Who, other: Who) -> None:
    """Who had it until just now is nobody's business."""
    shop.get(other)
    release_number(shop.changes, other, FOR_SALE)

    with pytest.raises(Conflict) as refusal:
        shop.get(Who(who.account, "admin@example.com", ADMIN))

    assert refusal.value.code == "number_not_available"


def test_number_that_twilio_has_not_freed_yet_cannot_be_bought(shop: Shop, who: Who, other: Who) -> None:
    """Until then a purchase would be an update of the old one, which is about to be deleted."""
    shop.get(who)
    release_number(shop.changes, who, FOR_SALE)

    for buyer in (who, other):
        with pytest.raises(Conflict) as refusal:
            shop.get(buyer)
        assert refusal.value.code == "number_still_releasing"


def test_daily_limit_counts_what_was_bought_and_what_may_be(shop: Shop, changes: Changes, who: Who, other: Who) -> None:
    """Not what failed, and not what another account does."""
    with changes.database.writing() as session:
        session.get_one(Account, who.account).purchases_per_day = 2
    shop.sell_to_somebody_else("+14155550120")
    with pytest.raises(TwilioRefused):
        shop.get(who, "+14155550120")
    shop.get(who, FOR_SALE)
    shop.get(who, ALSO_FOR_SALE)

    with pytest.raises(TooMany) as refusal:
        shop.get(who, "+14155550112")

    assert (refusal.value.code, refusal.value.status) == ("purchase_limit", 429)
    assert shop.get(other, "+14155550112").number["status"] == "active"


def test_same_key_and_request_buy_once_and_return_the_same_number(shop: Shop, changes: Changes, who: Who) -> None:
    """A retry of a client that saw no answer; also after the number was changed."""
    first = shop.get(who, idempotency_key="key-1", label="Sales")
    before = change_counter(changes)

    again = shop.get(who, idempotency_key="key-1", label="Sales")

    assert (again.number, again.is_replay, again.is_certain) == (first.number, True, True)
    assert (change_counter(changes), len(shop.purchases()), len(shop.owned())) == (before, 1, 1)


def test_replay_does_not_ask_twilio(shop: Shop, who: Who, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for the price either: what was ordered is known here."""
    first = shop.get(who, idempotency_key="key-1")
    with shop.changes.database.writing() as session:
        session.execute(delete(Price))
    monkeypatch.setattr(shop.twilio, "prices", lambda _: pytest.fail("asked for a price"))

    assert shop.get(who, idempotency_key="key-1").number == first.number


def test_same_key_replays_the_same_refusal(shop: Shop, who: Who) -> None:
    """Also when the number would be to be had by now: a new request has a new key."""
    owned = shop.buy_behind_our_back()
    with pytest.raises(OperationError) as first:
        shop.get(who, idempotency_key="key-1")
    shop.twilio.release(owned.sid)

    with pytest.raises(OperationError) as again:
        shop.get(who, idempotency_key="key-1")

    refusals = [(refusal.value.code, refusal.value.status, refusal.value.message) for refusal in (first, again)]
    assert refusals[0] == refusals[1]
    assert shop.get(who, idempotency_key="key-2").number["status"] == "active"


def test_key_can_be_used_again_when_twilio_was_only_unavailable(shop: Shop, who: Who) -> None:
    """That is what a retry with the same key is for."""
    shop.faults.next("POST", NUMBERS, too_many_requests())
    with pytest.raises(TwilioUnavailable):
        shop.get(who, idempotency_key="key-1")

    assert shop.get(who, idempotency_key="key-1").number["status"] == "active"


def test_same_key_for_another_request_is_refused(shop: Shop, who: Who, other: Who) -> None:
    """A key names one request; those of other accounts are others."""
    shop.get(who, idempotency_key="key-1")

    with pytest.raises(KeyReused) as refusal:
        shop.get(who, ALSO_FOR_SALE, idempotency_key="key-1")

    assert (refusal.value.status, refusal.value.code) == (422, "idempotency_key_reused")
    assert shop.get(other, ALSO_FOR_SALE, idempotency_key="key-1").number["status"] == "active"


def test_number_added_by_hand_cannot_be_bought(shop: Shop, who: Who) -> None:
    """It is live already."""
    add_number(shop.changes, who, FOR_SALE)

    with pytest.raises(Conflict) as refusal:
        shop.get(who)

    assert refusal.value.code == "number_exists"
