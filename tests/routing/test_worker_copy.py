"""A worker remembers a route exactly as long as it is true."""

from routing.call_route import CallRoute
from routing.worker_copy import WorkerCopy

A, B = CallRoute("+14155550100", "routed"), CallRoute("+14155550101", "routed")


def copy_at(known: int, changed: dict[int, set[str] | None] | None = None, **options: int) -> WorkerCopy:
    """Return a copy that has followed up to `known`; `changed` answers by where the worker was."""
    names = changed or {}
    copy = WorkerCopy(lambda seen: names.get(seen, set()), **options)
    copy.find("+14155550199", known)
    return copy


def test_a_kept_route_is_found() -> None:
    """What was looked up is remembered while nothing changes."""
    copy = copy_at(5)

    copy.keep(A, 5)

    assert copy.find(A.phone_number, 5) is A


def test_a_change_that_names_the_number_makes_it_forgotten() -> None:
    """The next look-up asks again, and routes of other numbers stay."""
    copy = copy_at(5, {5: {A.phone_number}})
    copy.keep(A, 5)
    copy.keep(B, 5)

    assert copy.find(A.phone_number, 6) is None
    assert copy.find(B.phone_number, 6) is B


def test_everything_is_forgotten_when_nobody_knows_what_changed() -> None:
    """A worker too far behind believes nothing."""
    copy = copy_at(5, {5: None})
    copy.keep(A, 5)

    assert copy.find(A.phone_number, 900) is None


def test_a_route_looked_up_before_a_change_is_not_kept() -> None:
    """A slow thread does not plant an old route after the others have followed the change."""
    copy = copy_at(5)
    copy.find(A.phone_number, 6)

    copy.keep(A, 5)

    assert copy.find(A.phone_number, 6) is None


def test_a_route_kept_before_the_worker_follows_a_change_is_forgotten_by_it() -> None:
    """The host has learned of a change during the look-up, and this worker follows it afterwards."""
    copy = copy_at(5, {5: {A.phone_number}})

    copy.keep(A, 5)

    assert copy.find(A.phone_number, 6) is None


def test_the_oldest_routes_make_room() -> None:
    """The memory of a worker is bounded."""
    copy = copy_at(5, routes_kept=1)

    copy.keep(A, 5)
    copy.keep(B, 5)

    assert (copy.find(A.phone_number, 5), copy.find(B.phone_number, 5)) == (None, B)
