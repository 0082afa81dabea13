"""What the database tells of a change is believed by whoever stands right before it, and by nobody else."""

from collections.abc import Callable, Iterator
from threading import current_thread

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models import Database
from operations.changes import Changes, Who
from operations.pause_number import pause_number, resume_number
from routing import changed_routes
from routing.announcement import LONGEST_BYTES, LOOK, Announcement, last_in_a_row, read_announcement, write_announcement
from routing.call_route import PAUSED, ROUTED, CallRoute, LastChange, RoutesAsOf, RoutesStep
from routing.change_signal import CHANNEL
from routing.changed_routes import ChangedRoutes
from routing.route_queries import read_last_change
from tests.routing.conftest import A, B, wait_until_listening
from tests.waiting import wait_for

LONG = 30.0
HOST = "5" * 32
ROUTES = st.builds(CallRoute, st.just(A), st.just(ROUTED), agent_name=st.text(max_size=100), lines=st.just((B,)))

on_postgresql = pytest.mark.parametrize("stack", ["postgresql+redis"], indirect=True)


def step(before: int, n: int, **decisions: str) -> RoutesStep:
    """From one change to another, whose ids tell their numbers."""
    routes = {number: CallRoute(number, decision) for number, decision in decisions.items()}
    return RoutesStep(LastChange(before, f"id {before}"), RoutesAsOf(n, routes, f"id {n}"))


@given(ROUTES)
def test_what_was_written_is_read(route: CallRoute) -> None:
    """Whatever an agent is called."""
    written = RoutesStep(LastChange(6, "the id before"), RoutesAsOf(7, {A: route}, "the id"))

    text = write_announcement(HOST, written)

    assert text.isascii()
    assert read_announcement(text) == (HOST, written)


def test_a_change_of_nothing_is_told_too() -> None:
    """A new agent alters no route, and leads on all the same."""
    assert read_announcement(write_announcement("", step(6, 7))) == ("", step(6, 7))


def test_what_is_long_or_not_known_is_only_that_there_is_something() -> None:
    """PostgreSQL refuses what is longer, and the change with it."""
    fits, long = (
        step(6, 7, **{f"+1415555{number:04}": PAUSED for number in range(how_many)}) for how_many in (140, 160)
    )

    assert 0.9 * LONGEST_BYTES < len(write_announcement(HOST, fits)) <= LONGEST_BYTES
    assert write_announcement(HOST, long) == LOOK
    assert write_announcement(HOST, None) == LOOK


@pytest.mark.parametrize(
    "told",
    [
        LOOK,
        "hello",
        "{}",
        "7",
        "[2]",
        write_announcement(HOST, step(6, 8)),
        write_announcement(HOST, step(6, 7)).replace("[2,", "[3,"),
        write_announcement(HOST, step(6, 7)).replace("[2,", "[1,"),
        write_announcement(HOST, step(6, 7)).replace('"id 7"', '""'),
        write_announcement(HOST, step(6, 7)).replace('"id 7"', '["id 7"]'),
        write_announcement(HOST, step(6, 7)).replace('"id 6"', "6"),
        write_announcement(HOST, step(6, 7)) + "\n",
        write_announcement(HOST, step(6, 7)) + '\n{"phone_number":"+14155550100"}',
        write_announcement(HOST, step(6, 7))
        + '\n{"phone_number":"+14155550100","decision":"routed","whom_not_to_dial":"x"}',
    ],
)
def test_what_is_said_otherwise_is_not_believed(told: str) -> None:
    """By another version, above all: the routes that it writes may mean something else."""
    assert read_announcement(told) is None


@pytest.mark.parametrize(
    ("told", "believed"),
    [
        ([], []),
        ([2, 3], [2, 3]),
        ([2, 4], [4]),
        ([2, None, 4, 5], [4, 5]),
        ([2, None], []),
    ],
)
def test_steps_count_as_far_back_as_none_is_missing(told: list[int | None], believed: list[int]) -> None:
    """Who would follow the ones before a gap would come to stand in it."""
    announced = [n and Announcement(HOST, step(n - 1, n)) for n in told]

    assert [announcement.step.changed.n for announcement in last_in_a_row(announced)] == believed


def test_who_was_told_need_not_ask() -> None:
    """From wherever in the row to its end, where nothing follows; each number is as the last of them left it."""
    told = [step(1, 2, a=PAUSED), step(2, 3, a=ROUTED, b=PAUSED), step(3, 4, c=PAUSED)]
    known = ChangedRoutes(Database("sqlite://"), told=told)

    since = [known.since(each.before) for each in told] + [known.since(told[-1].changed.last_change)]

    assert since == [
        step(1, 4, a=ROUTED, b=PAUSED, c=PAUSED).changed,
        step(2, 4, a=ROUTED, b=PAUSED, c=PAUSED).changed,
        step(3, 4, c=PAUSED).changed,
        step(4, 4).changed,
    ]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[LastChange]:
    """Since which changes a keeper asks the database what changed."""
    asked: list[LastChange] = []
    ask = changed_routes.read_routes_changed_since

    def note(session: object, seen: LastChange) -> RoutesAsOf | None:
        if current_thread().name == "keeper":
            asked.append(seen)
        return ask(session, seen)  # type: ignore[arg-type]

    monkeypatch.setattr(changed_routes, "read_routes_changed_since", note)
    monkeypatch.setattr("routing.keeper.FOLLOW_EVERY_SECONDS", LONG)
    return asked


@pytest.fixture
def other(
    make_app: Callable[..., Flask],
    changes: Changes,
    two_numbers: None,
    asked: list[LastChange],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Flask]:
    """Another host, which listens, and looks by itself only after LONG; it has asked nothing yet."""
    monkeypatch.setattr("operations.in_force.CONFIRM_WITHIN_SECONDS", LONG)  # a busy machine is no fault
    other = make_app(data_dir="other")
    other.extensions["keeper"].start()
    wait_for(lambda: not changes.hosts_without(changes.confirm(0).n))
    wait_until_listening(changes)
    asked.clear()
    yield other
    other.extensions["keeper"].stop(10)


def decisions(app: Flask) -> dict[str, str]:
    return {number: route.decision for number, route in app.extensions["local_store"].every_route()[1].items()}


def tell(changes: Changes, announcement: str) -> None:
    with changes.database.writing() as session:
        session.execute(text("SELECT pg_notify(:channel, :told)"), {"channel": CHANNEL, "told": announcement})


@on_postgresql
def test_postgresql_takes_the_longest_and_no_longer_one(changes: Changes) -> None:
    """Its limit is what its documentation says."""
    tell(changes, "x" * LONGEST_BYTES)

    with pytest.raises(DBAPIError, match="too long"):
        tell(changes, "x" * (LONGEST_BYTES + 1))


@on_postgresql
def test_another_host_follows_what_it_was_told(
    other: Flask, changes: Changes, who: Who, asked: list[LastChange]
) -> None:
    """Change after change."""
    outcomes = [change(changes, who, number)[1] for number in (A, B) for change in (pause_number, resume_number)]
    outcomes.append(pause_number(changes, who, B)[1])

    assert all(outcome.in_force for outcome in outcomes)
    assert decisions(other) == {A: "routed", B: "paused"}
    assert asked == []


@on_postgresql
def test_another_host_asks_for_what_it_was_not_told(
    other: Flask, changes: Changes, who: Who, asked: list[LastChange], monkeypatch: pytest.MonkeyPatch
) -> None:
    """That a change was too long to be told holds up neither it nor the next one."""
    with monkeypatch.context() as patched:
        patched.setattr("operations.changes.write_announcement", lambda _host, _step: LOOK)
        untold = pause_number(changes, who, A)[1]
    told = pause_number(changes, who, B)[1]

    assert (untold.in_force, told.in_force) == (True, True)
    assert decisions(other) == {A: "paused", B: "paused"}
    assert {seen.n for seen in asked} == {untold.n - 1}


@on_postgresql
@pytest.mark.parametrize("seen", ["another number", "another history"])
def test_what_leads_on_from_elsewhere_is_not_followed(
    other: Flask, changes: Changes, who: Who, asked: list[LastChange], seen: str
) -> None:
    """The database is asked, which knows of no such change; the next one is followed."""
    here = other.extensions["local_store"].last_change()
    before = LastChange(here.n + 1, here.id) if seen == "another number" else LastChange(here.n, "another")
    forged = RoutesAsOf(before.n + 1, {A: CallRoute(A, PAUSED)}, "forged")

    tell(changes, write_announcement(HOST, RoutesStep(before, forged)))

    wait_for(lambda: here in asked)
    assert pause_number(changes, who, B)[1].in_force
    assert decisions(other) == {A: "routed", B: "paused"}


@on_postgresql
def test_what_leads_on_from_here_in_another_history_is_found_out(
    other: Flask, changes: Changes, who: Who, asked: list[LastChange]
) -> None:
    """As after a failover: whoever told is another server than the one that is asked, and has what the other lost."""
    here = other.extensions["local_store"].last_change()
    lost = RoutesAsOf(here.n + 1, {A: CallRoute(A, PAUSED)}, "lost")

    tell(changes, write_announcement(HOST, RoutesStep(here, lost)))

    wait_for(lambda: lost.last_change in asked)
    wait_for(lambda: (other.extensions["local_store"].known() or 0) > lost.n)
    assert decisions(other) == {A: "routed", B: "routed"}
    assert pause_number(changes, who, B)[1].in_force
    assert decisions(other) == {A: "routed", B: "paused"}
    assert other.extensions["cache"].last_change() == changes.ask(read_last_change)
