"""Many people get one number at the same moment: one purchase, one live row, and a sentence for everybody else."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from operations.changes import Changes, Who
from operations.check_routes import check_routes
from operations.errors import Conflict
from operations.finish_purchases import Finished
from operations.get_number import Getting
from simulator.rest import internal_error
from tests.operations.audit import every_change
from tests.operations.shop import FOR_SALE, NUMBERS, Shop

BUYERS = 50
FINISHERS = 8


def all_at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Do the same in so many threads, which all begin when the last one is there."""
    together = Barrier(count)

    def begin(index: int) -> Any:
        together.wait()
        return work(index)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(begin, range(count)))


def get_or_code(shop: Shop, who: Who, **wishes: str) -> Getting | str:
    try:
        return shop.get(who, **wishes)
    except Conflict as refusal:
        return refusal.code


def test_fifty_concurrent_purchases_are_one(
    shop: Shop, app: Flask, changes: Changes, who: Who, other: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Double clicks and two admins of one account, and those of another one; nobody meets an error of ours."""
    monkeypatch.setattr("operations.changes.BEGIN_WITHIN_SECONDS", 30.0)  # however busy the machine is
    buyers = list(islice(cycle((who, other)), BUYERS))

    results = all_at_once(BUYERS, lambda index: get_or_code(shop, buyers[index]))

    [won] = [result for result in results if isinstance(result, Getting)]
    assert won.number["status"] == "active"
    codes = Counter(result for result in results if isinstance(result, str))
    assert codes == {"number_exists": BUYERS // 2 - 1, "number_taken": BUYERS // 2}
    assert [number.sid for number in shop.numbers()] == [shop.owned()[FOR_SALE].sid]
    assert [purchase.state for purchase in shop.purchases()] == ["bought"]
    assert [change.action for change in every_change(changes)][-2:] == ["number.ordered", "number.purchased"]
    checked = check_routes(changes.database, app.extensions["local_store"], app.extensions["cache"])
    assert (checked.differences, checked.stale) == ((), ())


def test_concurrent_retries_with_one_key_are_one_purchase(
    shop: Shop, changes: Changes, who: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them return the same number, whether it is pending still or active already."""
    monkeypatch.setattr("operations.changes.BEGIN_WITHIN_SECONDS", 30.0)

    results = all_at_once(10, lambda _: shop.get(who, idempotency_key="key-1"))

    assert {getting.number["id"] for getting in results} == {shop.numbers()[0].id}
    assert Counter(getting.is_replay for getting in results) == {False: 1, True: 9}
    assert (len(shop.purchases()), len(shop.owned())) == (1, 1)


def test_concurrent_finishers_end_a_purchase_once(
    shop: Shop, changes: Changes, who: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Housekeepers of several hosts and an operator's sync; nobody contradicts anybody."""
    monkeypatch.setattr("operations.changes.BEGIN_WITHIN_SECONDS", 30.0)
    shop.faults.next("POST", NUMBERS, internal_error())
    shop.get(who)

    results = all_at_once(FINISHERS, lambda _: shop.finish())

    finished = [one for result in results for one in result]
    assert finished
    assert set(finished) == {Finished(who.account, FOR_SALE, "bought")}
    assert [number.sid for number in shop.numbers()] == [shop.owned()[FOR_SALE].sid]
    assert Counter(change.action for change in every_change(changes))["number.purchased"] == 1
