"""Hosts and processes that drain the same calls at the same time agree on every record."""

from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import event as engine_events
from sqlalchemy import select

from models import Call, CallEvent
from routing import drain as draining
from routing.call_notes import NotedEvent
from routing.call_record import fold
from tests.routing.host import Host

CALLS = 30


def drain_together(hosts: list[Host]) -> None:
    """Let all hosts drain at once, again and again until nothing is left; raise what one of them raised."""
    barrier, errors = Barrier(len(hosts)), []

    def work(host: Host) -> None:
        barrier.wait()
        try:
            host.drain()
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    threads = [Thread(target=work, args=(host,)) for host in hosts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def records_and_events(host: Host) -> tuple[dict[str, Call], dict[str, list[NotedEvent]]]:
    events: dict[str, list[NotedEvent]] = {}
    with host.database.reading() as session:
        for row in session.scalars(select(CallEvent)):
            event = NotedEvent(row.id, row.account_sid, row.call_sid, row.kind, row.noted_at, row.details)
            events.setdefault(row.call_sid, []).append(event)
        return {call.call_sid: call for call in session.scalars(select(Call))}, events


@pytest.mark.parametrize("batch_bytes", [1, 2_000, 250_000])
def test_hosts_that_drain_the_same_calls_agree(
    make_host: Callable[[str], Host], monkeypatch: pytest.MonkeyPatch, batch_bytes: int
) -> None:
    """The call on one host, its callbacks on another, its hand-off on a third: one record, from all of its events."""
    monkeypatch.setattr(draining, "BATCH_BYTES", batch_bytes)
    hosts = [make_host(name) for name in ("first", "second", "third")]
    for number in range(CALLS):
        hosts[number % 3].note(number)
        hosts[(number + 1) % 3].note(CALLS - 1 - number, "status_changed", call_status="completed", duration_seconds=9)
        hosts[(number + 2) % 3].note(number, "handoff_ended", outcome="completed")
    drain_together(hosts)

    calls, events = records_and_events(hosts[0])
    assert len(calls) == CALLS
    assert sum(map(len, events.values())) == 3 * CALLS
    for call_sid, call in calls.items():
        assert {name: getattr(call, name) for name in fold(events[call_sid])} == fold(events[call_sid])
    assert {(call.decision, call.call_status, call.handoff_outcome) for call in calls.values()} == {
        ("unknown", "completed", "completed")
    }


def test_two_drains_of_one_host_count_once(make_host: Callable[[str], Host], tmp_path: Path) -> None:
    """Two processes that drain the same files, which the keeper's lock should prevent, still store each event once."""
    writer = make_host("host")
    for number in range(CALLS):
        writer.note(number)
        writer.note(number, "status_changed", call_status="completed")
    other = make_host("host")
    assert writer.waiting() == other.waiting() > 0
    drain_together([writer, other])

    calls, events = records_and_events(writer)
    assert {call.call_status for call in calls.values()} == {"completed"}
    assert (len(calls), sum(map(len, events.values()))) == (CALLS, 2 * CALLS)
    assert writer.drain() == 0


def test_drain_waits_for_another_that_is_in_the_middle_of_the_same_call(make_host: Callable[[str], Host]) -> None:
    """Of two hosts that fold a known call at once, the second sees what the first one is about to write."""
    here, there = make_host("here"), make_host("there")
    here.note(1)
    here.drain()
    here.note(1, "handoff_ended", outcome="completed")
    there.note(1, "status_changed", call_status="completed")
    second = Thread(target=there.drain)

    def let_the_second_begin(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE calls"):
            second.start()
            second.join(0.3)

    engine_events.listen(here.database.engine, "before_cursor_execute", let_the_second_begin)
    here.drain()
    second.join()

    call = here.calls()[1]
    assert (call.handoff_outcome, call.call_status) == ("completed", "completed")
