"""A host follows the changes, says how far, and repairs Redis."""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from models import Change, ChangeCounter, ChangedNumber, Host, Number
from operations.changes import Changes, Who
from operations.check_routes import check_routes
from operations.pause_number import pause_number, resume_number
from routing.announcement import Announcement
from routing.call_route import CallRoute, RoutesAsOf, RoutesStep
from routing.call_route_cache import KEY
from routing.changed_routes import ChangedRoutes
from routing.keeper import (
    MAKERS_START_SECONDS,
    DatabaseWentBack,
    Keeper,
    catch_up_cache,
    catch_up_host,
    register_host,
    report_known,
)
from tests.routing.conftest import A, B


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
def test_a_host_whose_redis_hangs_follows_all_the_same(
    make_app: Callable[..., Flask], changes: Changes, who: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that nobody resolves has no timeout; it is said to fail, and Redis is repaired when it answers again."""
    monkeypatch.setattr("routing.keeper.REPAIR_WITHIN_SECONDS", 0.1)
    other = make_app(data_dir="other")
    keeper, cache, answers_again = other.extensions["keeper"], other.extensions["cache"], Event()
    if cache is None:
        pytest.skip("without Redis there is none to hang")
    last_change = cache.last_change
    monkeypatch.setattr(cache, "last_change", lambda: answers_again.wait(60) and last_change())
    notes: list[tuple[str, bool, int]] = []
    monkeypatch.setattr(keeper._chores, "_note", lambda *note: notes.append(note))
    for number in (A, B):
        _, outcome = pause_number(changes, who, number)
        keeper.keep_up()

        assert decisions(other)[number] == "paused"
        assert changes.confirm(outcome.n).in_force
    assert notes == [("keeper", True, 1)] * 2

    answers_again.set()
    keeper.keep_up()
    keeper.keep_up()
    assert cache.last_change().n == outcome.n
    assert notes[-1] == ("keeper", False, 0)


@pytest.mark.usefixtures("two_numbers")
def test_a_database_that_is_just_being_restored_is_a_failure_like_any_other(app: Flask, changes: Changes) -> None:
    """It has its tables and not yet a change counter: both rounds are tried, and all is well when it has."""
    keeper, store = app.extensions["keeper"], app.extensions["local_store"]
    with changes.database.writing() as session:
        n = session.scalars(select(ChangeCounter.n)).one()
        session.execute(delete(ChangeCounter))

    keeper.keep_up()
    known_meanwhile = store.known()
    with changes.database.writing() as session:
        session.add(ChangeCounter(id=1, n=n))
    keeper.keep_up()

    assert (known_meanwhile, store.known()) == (n, n)


@pytest.mark.usefixtures("two_numbers")
def test_a_change_that_the_database_does_not_have_is_not_reported(app: Flask, changes: Changes) -> None:
    """It was told by a server that is not the one any more; then the host finds out, and copies what there is."""
    store = app.extensions["local_store"]
    app.extensions["keeper"].keep_up()
    here = store.last_change()
    store.advance(here.n, RoutesAsOf(here.n + 1, {A: CallRoute(A, "paused")}, "never committed here"))
    assert not report_known(changes.database, store)
    assert hosts(changes) == [(store.host_id(), here.n)]

    app.extensions["keeper"].keep_up()

    assert decisions(app) == {A: "routed", B: "routed"}
    assert hosts(changes) == [(store.host_id(), store.known())]
    assert store.known() > here.n + 1


@pytest.mark.usefixtures("two_numbers")
@pytest.mark.parametrize(("made_here", "slept"), [(True, [MAKERS_START_SECONDS]), (False, [])])
def test_a_keeper_lets_the_maker_on_its_own_host_go_first(
    app: Flask, changes: Changes, who: Who, monkeypatch: pytest.MonkeyPatch, made_here: bool, slept: list[float]
) -> None:
    """And is done with it all the same; what was made elsewhere has nobody else to follow it here."""
    store, keeper, waited = app.extensions["local_store"], app.extensions["keeper"], []
    here = store.last_change()
    step = RoutesStep(here, RoutesAsOf(here.n + 1, {A: CallRoute(A, "paused")}, "made elsewhere"))
    told = [Announcement(store.host_id() if made_here else "another host", step)]
    monkeypatch.setattr(keeper, "_signal", SimpleNamespace(take_told=lambda: told, close=lambda: None))
    monkeypatch.setattr(keeper, "_follow", lambda changed: waited.append(changed.since(here)))
    monkeypatch.setattr("routing.keeper.time", SimpleNamespace(sleep=waited.append))

    keeper.keep_up()

    assert waited == [*slept, step.changed]


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
    before = store.last_change()
    for phone_number in (A, B):
        pause_number(changes, who, phone_number)
    store.forget_known()
    store.replace_all(before.n, [CallRoute(A, "unknown"), CallRoute(B, "unknown")], before.id)

    assert catch_up_host(ChangedRoutes(changes.database), store) == before.n + 2
    assert decisions(app) == {A: "paused", B: "paused"}


def restore_backup(changes: Changes, n: int) -> None:
    """Turn the database back to its state after change `n`, in which both numbers were active."""
    with changes.database.writing() as session:
        session.execute(delete(ChangedNumber).where(ChangedNumber.n > n))
        session.execute(delete(Change).where(Change.n > n))
        session.execute(update(ChangeCounter).values(n=n))
        session.execute(update(Number).values(status="active"))


@pytest.mark.usefixtures("two_numbers")
@pytest.mark.parametrize("changes_after", range(5))
def test_a_restored_backup_is_noticed_however_far_it_has_gone_on(
    app: Flask, changes: Changes, who: Who, changes_after: int
) -> None:
    """The host and Redis copy the restored state, and a pause in force afterwards is one."""
    lookup, keeper = app.extensions["call_path"].lookup, app.extensions["keeper"]
    backup = app.extensions["local_store"].known()
    for _ in range(2):
        pause_number(changes, who, A)
        resume_number(changes, who, A)
    pause_number(changes, who, B)
    lookup.find(A), lookup.find(B)
    restore_backup(changes, backup)
    for number in (A, B, A, B)[:changes_after]:
        with changes.database.writing() as session:
            last = session.get(ChangeCounter, 1)
            last.n += 1
            session.add(Change(n=last.n, made_by="another host", action="number.paused"))
            session.add(ChangedNumber(n=last.n, phone_number=number))
            session.execute(update(Number).where(Number.phone_number == number).values(status="paused"))

    keeper.work()

    expected = {number: "paused" if number in (A, B, A, B)[:changes_after] else "routed" for number in (A, B)}
    assert {number: lookup.find(number).route.decision for number in (A, B)} == expected
    assert pause_number(changes, who, A)[1].in_force
    assert lookup.find(A).route.decision == "paused"
    assert check_routes(changes.database, app.extensions["local_store"], app.extensions["cache"]).differences == ()


def test_a_database_that_went_back_is_an_alarm(app: Flask, changes: Changes) -> None:
    """Nobody moves the copy by changes of another history."""
    app.extensions["local_store"].replace_all(1000, [], "an id that the database does not have")

    with pytest.raises(DatabaseWentBack):
        catch_up_host(ChangedRoutes(changes.database), app.extensions["local_store"])


def applied_and_routes(app: Flask) -> tuple[int | None, set[str]]:
    applied, routes = app.extensions["cache"].every_route()
    return applied, set(routes)


with_redis = pytest.mark.parametrize("stack", ["postgresql+redis"], indirect=True)


@with_redis
@pytest.mark.usefixtures("two_numbers")
def test_an_empty_redis_begins_again_as_of_now(app: Flask, changes: Changes, valkey) -> None:
    """After a flush the hash is there again, empty and true."""
    valkey.flush()

    catch_up_cache(ChangedRoutes(changes.database), app.extensions["cache"])

    assert applied_and_routes(app) == (app.extensions["local_store"].known(), set())


@with_redis
@pytest.mark.usefixtures("two_numbers")
def test_a_redis_that_is_behind_gets_what_it_missed(app: Flask, changes: Changes, who: Who) -> None:
    """As after a failover to a server that lost the last writes."""
    cache = app.extensions["cache"]
    before = app.extensions["local_store"].last_change()
    n = pause_number(changes, who, A)[1].n
    cache.restart(n, before.n, before.id)

    catch_up_cache(ChangedRoutes(changes.database), cache)

    assert cache.look_up(A).route.decision == "paused"
    assert cache.applied() == n


@with_redis
@pytest.mark.usefixtures("two_numbers")
def test_a_redis_that_is_ahead_begins_again(app: Flask, changes: Changes) -> None:
    """It followed another database; nothing in it can be believed."""
    cache = app.extensions["cache"]
    n = cache.applied()
    cache.restart(n, n + 1000)

    catch_up_cache(ChangedRoutes(changes.database), cache)

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


def test_a_keeper_that_cannot_make_its_lock_tries_again(app: Flask, tmp_path, monkeypatch) -> None:
    """A folder that is not there yet, or not writable for a while, does not leave the host without a keeper."""
    monkeypatch.setattr("routing.background.ASK_FOR_THE_WORK_EVERY_SECONDS", 0.05)
    folder, worked = tmp_path / "later", Event()
    folder.write_text("in the way")
    keeper = Keeper(folder, app.extensions["changes"].database, app.extensions["local_store"], None)
    monkeypatch.setattr(keeper, "keep_up", worked.set)

    keeper.start()
    assert not worked.wait(0.2)
    folder.unlink()

    assert worked.wait(5)
    keeper.stop(5)


def test_a_keeper_that_was_stopped_can_start_again(app: Flask, tmp_path, monkeypatch) -> None:
    """What a parent process stopped works in the child that it forks afterwards."""
    keeper, worked = app.extensions["keeper"], Event()
    monkeypatch.setattr(keeper, "keep_up", worked.set)
    keeper.stop()

    keeper.start()

    assert worked.wait(5)
    keeper.stop(5)
