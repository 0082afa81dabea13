"""A purchase that was cut off, or whose answer was lost, is found, bought after all or given up: not just repeated."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from operations import buy_at_twilio, get_number
from operations.activate_numbers import activate_numbers
from operations.changes import Changes, Who
from operations.end_purchase import record_failed
from operations.errors import Conflict, DatabaseUnavailable, OperationError
from operations.finish_at_twilio import adopt_lost_purchases
from operations.finish_purchases import adopt_orphan, finish_purchases
from operations.intents import intent_of
from operations.order_number import order_number
from simulator.rest import (
    Fault,
    authentication_failed,
    connection_reset,
    hang,
    internal_error,
    not_json,
    too_many_requests,
)
from tests.operations.audit import change_counter, last_change
from tests.operations.shop import FOR_SALE, NUMBERS, WEBHOOKS, Shop

SIXTEEN_MINUTES = timedelta(minutes=16)
LOST_ANSWERS = [internal_error, not_json, connection_reset]


@pytest.fixture
def ordered(shop: Shop, who: Who, monkeypatch: pytest.MonkeyPatch) -> None:
    """An order that was written down by a process that ended before it asked Twilio."""
    order_number(shop.changes, who, get_number.read_wish(FOR_SALE, None, None, "Sales", None, None, "key-1"), None)


@pytest.mark.parametrize("lost", LOST_ANSWERS)
def test_number_whose_purchase_was_done_is_found_at_once(shop: Shop, who: Who, lost: Any) -> None:
    """The answer was lost, the number was not: whoever asked sees nothing of it."""
    shop.faults.next("POST", NUMBERS, lost(is_done=True))

    getting = shop.get(who)

    assert (getting.number["status"], getting.is_certain) == ("active", True)
    assert [number.sid for number in shop.numbers()] == [shop.owned()[FOR_SALE].sid]


def test_purchase_that_hangs_is_looked_for(shop: Shop, who: Who, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twilio has bought it and says nothing for longer than we wait."""
    monkeypatch.setattr("operations.twilio_http.ANSWER_WITHIN_SECONDS", 0.3)
    shop.faults.next("POST", NUMBERS, hang(1.0, is_done=True))

    assert shop.get(who).number["status"] == "active"


@pytest.mark.parametrize("lost", LOST_ANSWERS)
def test_number_that_is_not_found_stays_pending_and_is_not_bought_again_at_once(
    shop: Shop, who: Who, lost: Any
) -> None:
    """Twilio may still be at it."""
    shop.faults.next("POST", NUMBERS, lost())

    getting = shop.get(who, idempotency_key="key-1")

    assert (getting.number["status"], getting.is_certain) == ("pending", False)
    assert shop.owned() == {}
    again = shop.get(who, idempotency_key="key-1")
    assert (again.number, again.is_certain, again.is_replay) == (getting.number, False, True)
    with pytest.raises(Conflict, match="already"):
        shop.get(who)


def test_unfinished_purchase_is_bought_after_all_when_it_is_due(shop: Shop, changes: Changes, who: Who) -> None:
    """First it is left to whoever ordered it; then the housekeeper goes on, in the account's name."""
    shop.faults.next("POST", NUMBERS, internal_error())
    shop.get(who)
    assert shop.finish(at_once=False) == []
    shop.let_time_pass(timedelta(minutes=2))

    [finished] = shop.finish(at_once=False)

    assert (finished.state, finished.phone_number, finished.account_id) == ("bought", FOR_SALE, who.account)
    assert [number.status for number in shop.numbers()] == ["active"]
    assert (last_change(changes).action, last_change(changes).made_by) == ("number.purchased", "housekeeper")
    assert last_change(changes).account_id == who.account
    assert shop.purchases()[0].made_by == who.name
    assert shop.finish() == []


def test_housekeeper_finishes_what_is_due(shop: Shop, app: Flask, ordered: None) -> None:
    """Nobody has to ask for it."""
    shop.let_time_pass(timedelta(minutes=2))

    app.extensions["housekeeper"].work()

    assert [number.status for number in shop.numbers()] == ["active"]


def test_housekeeper_with_nothing_to_do_asks_two_indexes_and_not_twilio(app: Flask, changes: Changes) -> None:
    """It looks every few seconds, on every host. (No Twilio answers in this test.)"""
    asked: list[str] = []
    event.listen(changes.database.engine, "before_cursor_execute", lambda *seen: asked.append(seen[2]))

    finish_purchases(changes, app.extensions["twilio"], WEBHOOKS)
    activate_numbers(changes, app.extensions["twilio"])

    statements = [statement for statement in asked if statement != "BEGIN"]
    assert len(statements) == 2
    if changes.database.is_sqlite:
        with changes.database.reading_fresh() as connection:
            plans = [
                connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", ("",) * one.count("?")) for one in statements
            ]
            used = " ".join(str(plan.all()) for plan in plans)
        assert "ix_purchases_open" in used
        assert "ix_numbers_pending" in used


def test_number_bought_by_a_process_that_died_is_adopted(shop: Shop, who: Who, ordered: None) -> None:
    """It is known by its tag, and nothing is bought."""
    [purchase] = shop.purchases()
    bought = shop.twilio.buy(FOR_SALE, intent_of(purchase).friendly_name, WEBHOOKS)
    shop.faults.next("POST", NUMBERS, internal_error())

    [finished] = shop.finish()

    assert (finished.state, shop.purchases()[0].sid) == ("bought", bought.sid)
    assert (shop.faults.waiting(), shop.get(who, label="Sales", idempotency_key="key-1").number["status"]) == (
        1,
        "active",
    )


def test_old_order_that_was_never_bought_is_given_up(shop: Shop, changes: Changes, who: Who, ordered: None) -> None:
    """Nobody waits for it any more, and it may have become somebody else's by tomorrow."""
    shop.let_time_pass(SIXTEEN_MINUTES)

    [finished] = shop.finish()

    assert (finished.state, shop.numbers(), shop.owned()) == ("failed", [], {})
    assert "Order it again" in (finished.problem or "")
    assert last_change(changes).action == "number.purchase_failed"
    with pytest.raises(OperationError, match="Order it again"):
        shop.get(who, label="Sales", idempotency_key="key-1")


def test_old_order_that_was_bought_is_adopted(shop: Shop, who: Who, ordered: None) -> None:
    """However long it took to notice: it is charged."""
    [purchase] = shop.purchases()
    shop.twilio.buy(FOR_SALE, intent_of(purchase).friendly_name, WEBHOOKS)
    shop.let_time_pass(timedelta(days=3))

    assert [finished.state for finished in shop.finish()] == ["bought"]


def test_order_that_twilio_refuses_is_removed_when_it_is_finished(shop: Shop, ordered: None) -> None:
    """No Pending stays behind that nobody can get."""
    shop.sell_to_somebody_else()

    [finished] = shop.finish()

    assert (finished.state, shop.numbers()) == ("failed", [])
    assert "no longer available" in (finished.problem or "")


def test_number_owned_for_another_reason_is_not_touched_when_it_is_finished(shop: Shop, ordered: None) -> None:
    """It came into the Twilio account meanwhile."""
    before = shop.buy_behind_our_back()

    assert [finished.state for finished in shop.finish()] == ["failed"]
    assert (shop.owned(), shop.numbers()) == ({FOR_SALE: before}, [])


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("GET", internal_error()),
        ("GET", authentication_failed()),
        ("POST", internal_error()),
        ("POST", too_many_requests()),
    ],
)
def test_purchase_waits_while_twilio_cannot_tell(shop: Shop, ordered: None, method: str, fault: Fault) -> None:
    """Also when our credentials are wrong now: they were right when it may have been bought."""
    shop.faults.next(method, NUMBERS, fault)

    [waiting] = shop.finish()
    assert (waiting.state, [number.status for number in shop.numbers()]) == ("intended", ["pending"])
    assert shop.finish(at_once=False) == []

    assert [finished.state for finished in shop.finish()] == ["bought"]


def test_number_released_before_it_was_bought_is_not_bought(shop: Shop, who: Who, ordered: None) -> None:
    """It is no longer wanted."""
    shop.set_status("released")

    assert [finished.state for finished in shop.finish()] == ["failed"]
    assert ([number.status for number in shop.numbers()], shop.owned()) == (["released"], {})


def test_number_released_while_twilio_sold_it_can_be_released_there(shop: Shop, who: Who, ordered: None) -> None:
    """It stays released, and its SID is known from now on."""
    [purchase] = shop.purchases()
    bought = shop.twilio.buy(FOR_SALE, intent_of(purchase).friendly_name, WEBHOOKS)
    shop.set_status("released")

    shop.finish()

    assert [(number.status, number.sid) for number in shop.numbers()] == [("released", bought.sid)]


def test_number_bought_after_it_was_given_up_comes_back(shop: Shop, changes: Changes, who: Who, ordered: None) -> None:
    """Twilio was so slow that the purchase had been given up: what is charged is known."""
    [purchase] = shop.purchases()
    intent = intent_of(purchase)
    record_failed(changes, who, intent, Conflict("purchase_given_up", "Given up."))
    bought = shop.twilio.buy(FOR_SALE, intent.friendly_name, WEBHOOKS)

    found = adopt_orphan(changes, bought)

    assert found is not None
    assert (found["phone_number"], found["status"]) == (FOR_SALE, "active")
    assert [(number.status, number.sid) for number in shop.numbers()] == [("active", bought.sid)]
    assert [(purchase.state, purchase.problem) for purchase in shop.purchases()] == [("bought", None)]
    before = change_counter(changes)
    assert adopt_orphan(changes, bought) is None
    assert change_counter(changes) == before


def test_number_bought_after_it_was_given_up_comes_back_by_itself(
    shop: Shop, changes: Changes, who: Who, ordered: None
) -> None:
    """By a chore, which asks Twilio for its list only if anything was given up."""
    silent = object()
    assert adopt_lost_purchases(changes, silent) == []
    intent = intent_of(shop.purchases()[0])
    record_failed(changes, who, intent, Conflict("purchase_given_up", "Given up."))
    bought = shop.twilio.buy(FOR_SALE, intent.friendly_name, WEBHOOKS)

    assert adopt_lost_purchases(changes, shop.twilio) == [FOR_SALE]
    assert [(number.status, number.sid) for number in shop.numbers()] == [("active", bought.sid)]
    assert adopt_lost_purchases(changes, silent) == []


def test_number_bought_after_it_was_given_up_goes_to_whoever_orders_it_next(
    shop: Shop, changes: Changes, who: Who, other: Who, ordered: None
) -> None:
    """Nobody else has a claim to it, and it is in our Twilio account."""
    intent = intent_of(shop.purchases()[0])
    record_failed(changes, who, intent, Conflict("purchase_given_up", "Given up."))
    bought = shop.twilio.buy(FOR_SALE, intent.friendly_name, WEBHOOKS)

    assert shop.get(other).number["status"] == "active"
    assert [(number.account_id, number.sid) for number in shop.numbers()] == [(other.account, bought.sid)]
    assert adopt_orphan(changes, bought) is None


def test_number_that_nobody_here_bought_is_no_orphan(shop: Shop, changes: Changes) -> None:
    """Its friendly name says nothing to us, even if it looks like a tag."""
    owned = shop.buy_behind_our_back()
    tagged = shop.twilio.buy("+14155550120", f"Clara Voice Router {'0' * 32}", WEBHOOKS)

    assert (adopt_orphan(changes, owned), adopt_orphan(changes, tagged)) == (None, None)


def test_request_that_is_overtaken_by_a_sync_returns_what_the_sync_did(
    shop: Shop, who: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sync bought the number between the request's look and its purchase."""
    is_open = buy_at_twilio.is_open

    def sync_first(*arguments: Any) -> bool:
        monkeypatch.setattr(buy_at_twilio, "is_open", is_open)
        shop.finish()
        return is_open(*arguments)

    monkeypatch.setattr(buy_at_twilio, "is_open", sync_first)

    getting = shop.get(who)

    assert (getting.number["status"], getting.is_certain, getting.is_replay) == ("active", True, False)
    assert (len(shop.owned()), len(shop.numbers())) == (1, 1)


@pytest.mark.parametrize("is_refused", [True, False])
def test_database_that_goes_away_after_twilio_answered_leaves_it_to_be_finished(
    shop: Shop, who: Who, monkeypatch: pytest.MonkeyPatch, is_refused: bool
) -> None:
    """Whoever asked is told that it is Pending, not that nothing was changed."""

    def fails(*arguments: Any) -> Any:
        raise DatabaseUnavailable from OperationalError("", {}, Exception())

    with monkeypatch.context() as patch:
        patch.setattr(get_number, "record_bought", fails)
        patch.setattr(get_number, "record_failed", fails)
        if is_refused:
            shop.faults.next("POST", NUMBERS, authentication_failed())
        getting = shop.get(who)
    assert (getting.number["status"], getting.is_certain) == ("pending", False)

    assert [finished.state for finished in shop.finish()] == ["bought"]
    assert [number.sid for number in shop.numbers()] == [shop.owned()[FOR_SALE].sid]


@pytest.mark.parametrize("question", [1, 2, 3])
def test_database_that_stands_still_between_the_steps_leaves_it_to_be_finished(
    shop: Shop, who: Who, monkeypatch: pytest.MonkeyPatch, question: int
) -> None:
    """Before the purchase, or when its answer was lost: nobody waits for it, and nothing is given up."""
    ask, asked = Changes.ask, count(1)

    def stand_still(changes: Changes, asking: Callable[[Any], Any]) -> Any:
        if next(asked) == question:
            raise DatabaseUnavailable
        return ask(changes, asking)

    with monkeypatch.context() as patch:
        patch.setattr(Changes, "ask", stand_still)
        shop.faults.next("POST", NUMBERS, internal_error(is_done=True))
        getting = shop.get(who)
    assert getting.is_certain == (question == 3)

    shop.finish()
    assert [number.sid for number in shop.numbers()] == [shop.owned()[FOR_SALE].sid]


def test_one_that_twilio_does_not_answer_for_does_not_hold_up_the_others_for_ever(shop: Shop, who: Who) -> None:
    """The first is put off, so that the next round begins with the second."""
    for phone_number in (FOR_SALE, "+14155550111"):
        order_number(shop.changes, who, get_number.read_wish(phone_number, None, None, "", None, None, None), None)
    shop.let_time_pass(timedelta(minutes=2))
    shop.faults.next("GET", NUMBERS, internal_error())

    first, second = shop.finish(at_once=False), shop.finish(at_once=False)

    assert [(one.phone_number, one.state) for one in first] == [(FOR_SALE, "intended")]
    assert [(one.phone_number, one.state) for one in second] == [("+14155550111", "bought")]
