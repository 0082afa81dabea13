"""A host follows the changes, says how far, and repairs Redis."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from models import ChangeCounter, Host
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.pause_number import pause_number
from routing.call_route import CallRoute
from routing.call_route_cache import KEY
from routing.keeper import DatabaseWentBack, catch_up_cache, catch_up_host, register_host, report_known

A, B = "+14155550100", "+14155550101"


@pytest.fixture
def two_numbers(changes: Changes, who: Who) -> None:
    """Two numbers of one agent."""
    create_agent(changes, who, "Clara", "stream", "wss://agent.example.com/calls")
    for phone_number in (A, B):
        add_number(changes, who, phone_number, "Clara")


def hosts(changes: Changes) -> list[tuple[str, int]]:
    with changes.database.reading() as session:
        return [(host.id, host.known) for host in session.scalars(select(Host))]


def decisions(app: Flask) -> dict[str, str]:
    return {number: route.decision for number, route in app.extensions["local_store"].every_route()[1].items()}


def test_a_host_registers_and_copies_everything(app: Flask, changes: Changes) -> None:
    """After its first round a host is waited for, and vouches for its copy."""
    store = app.extensions["local_store"]

    assert hosts(changes) == [(store.host_id(), store.known())]


@pytest.mark.usefixtures("two_numbers")
def test_a_second_host_follows_what_the_first_one_changed(
    make_app: Callable[..., Flask], changes: Changes, who: Who
) -> None:
    """A change is in force only when the other host has followed it."""
    other = make_app(data_dir="other")
    _, outcome = pause_number(changes, who, A)
    assert (outcome.in_force, len(outcome.unconfirmed)) == (False, 1)

    other.extensions["keeper"].work()

    assert decisions(other) == {A: "paused", B: "routed"}
    assert changes.confirm(outcome.n).in_force


@pytest.mark.usefixtures("two_numbers")
def test_an_evicted_host_forgets_registers_and_copies_again(app: Flask, changes: Changes) -> None:
    """While nobody waited for it, changes may have been acknowledged that it has not seen."""
    store, database = app.extensions["local_store"], changes.database
    with database.writing() as session:
        session.execute(delete(Host))
    assert not report_known(database, store)

    register_host(database, store)

    assert hosts(changes) == [(store.host_id(), store.known())]
    assert decisions(app) == {A: "routed", B: "routed"}


@pytest.mark.usefixtures("two_numbers")
def test_a_host_that_was_away_catches_up_in_one_step(app: Flask, changes: Changes, who: Who) -> None:
    """Many missed changes are replayed as the state they lead to."""
    store = app.extensions["local_store"]
    before = store.known()
    store.replace_all(before, [CallRoute(A, "unknown"), CallRoute(B, "unknown")])
    for phone_number in (A, B):
        pause_number(changes, who, phone_number)

    assert catch_up_host(changes.database, store) == before + 2
    assert decisions(app) == {A: "paused", B: "paused"}


def test_a_database_that_went_back_is_not_followed(app: Flask, changes: Changes) -> None:
    """A restored backup is an alarm, not a change."""
    app.extensions["local_store"].replace_all(1000, [])

    with pytest.raises(DatabaseWentBack):
        catch_up_host(changes.database, app.extensions["local_store"])


def applied_and_routes(app: Flask) -> tuple[int | None, set[str]]:
    applied, routes = app.extensions["cache"].every_route()
    return applied, set(routes)


with_redis = pytest.mark.parametrize("stack", ["postgresql+redis"], indirect=True)


@with_redis
@pytest.mark.usefixtures("two_numbers")
def test_an_empty_redis_begins_again_as_of_now(app: Flask, changes: Changes, valkey) -> None:
    """After a flush the hash is there again, empty and true."""
    valkey.flush()

    catch_up_cache(changes.database, app.extensions["cache"])

    assert applied_and_routes(app) == (app.extensions["local_store"].known(), set())


@with_redis
@pytest.mark.usefixtures("two_numbers")
def test_a_redis_that_is_behind_gets_what_it_missed(app: Flask, changes: Changes, who: Who) -> None:
    """As after a failover to a server that lost the last writes."""
    cache = app.extensions["cache"]
    n = pause_number(changes, who, A)[1].n
    cache.restart(n, n - 1)

    catch_up_cache(changes.database, cache)

    assert cache.look_up(A).route.decision == "paused"
    assert cache.applied() == n


@with_redis
@pytest.mark.usefixtures("two_numbers")
def test_a_redis_that_is_ahead_begins_again(app: Flask, changes: Changes) -> None:
    """It followed another database; nothing in it can be believed."""
    cache = app.extensions["cache"]
    n = cache.applied()
    cache.restart(n, n + 1000)

    catch_up_cache(changes.database, cache)

    assert applied_and_routes(app) == (n, set())


@with_redis
def test_a_hash_of_another_type_is_an_error_that_the_keeper_survives(app: Flask, valkey) -> None:
    """Somebody else's key under our name is reported, and calls go on without Redis."""
    client = app.extensions["cache"]._redis
    client.delete(KEY)
    client.set(KEY, "not ours")

    app.extensions["keeper"].work()

    assert app.extensions["call_path"].lookup.find(A).source == "database"
    client.delete(KEY)


def test_a_change_counter_of_zero_is_reported_as_zero(changes: Changes, app: Flask) -> None:
    """The first state of all is a state like any other."""
    store = app.extensions["local_store"]
    with changes.database.writing() as session:
        session.execute(update(ChangeCounter).values(n=0))
        session.execute(update(Host).values(known=-1, seen_at=datetime.now(UTC)))
    store.forget_known()
    store.replace_all(0, [])

    report_known(changes.database, store)

    assert hosts(changes) == [(store.host_id(), 0)]
