"""A stream's events are believed wherever they arrived: on this host, on another, or with the file unreadable."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from flask import Flask

from routing.stream_events import StreamEvents
from routing.twilio_request import StreamChanged
from tests.busy_database import keeping_busy
from tests.conftest import ACCOUNT_SID
from tests.routing.door import Door, NoDatabase

CALL_SID = "CA" + "1" * 32


@pytest.fixture(autouse=True)
def short_wait(patient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up on a callback soon, though not on the database."""
    monkeypatch.setattr("routing.stream_events.WAIT_SECONDS", 0.3)
    monkeypatch.setattr("routing.stream_events.ASK_EVERY_SECONDS", 0.02)


def changed(event: str, call_sid: str = CALL_SID) -> StreamChanged:
    return StreamChanged(ACCOUNT_SID, call_sid, event, None)


class BrokenStore:
    """A host's file that can be neither read nor written."""

    def stream_event(self, *_: Any) -> str | None:
        raise sqlite3.DatabaseError("malformed")

    def set_stream_event(self, *_: Any) -> None:
        raise sqlite3.OperationalError("disk I/O error")


@pytest.mark.parametrize(
    ("event", "has_failed"), [("stream-error", True), ("stream-started", False), ("stream-stopped", False)]
)
def test_event_heard_on_another_host_counts(event: str, has_failed: bool, make_app: Callable[..., Flask]) -> None:
    """What another host heard of a stream is known here as soon as its keeper has drained it."""
    here, there = make_app(data_dir="here"), make_app(data_dir="there")
    there.extensions["call_path"].streams.note(changed(event))
    there.extensions["keeper"].drain()

    assert here.extensions["call_path"].streams.has_failed(ACCOUNT_SID, CALL_SID) is has_failed


def test_error_among_the_events_of_other_hosts_counts(make_app: Callable[..., Flask]) -> None:
    """Among several events in the database an error outweighs the others."""
    here, there = make_app(data_dir="here"), make_app(data_dir="there")
    for event in ("stream-started", "stream-error", "stream-stopped"):
        there.extensions["call_path"].streams.note(changed(event))
    there.extensions["keeper"].drain()

    assert here.extensions["call_path"].streams.has_failed(ACCOUNT_SID, CALL_SID)


def test_event_of_the_same_call_sid_in_another_account_does_not_count(make_app: Callable[..., Flask]) -> None:
    """A call is one by both its SIDs, and so it is looked up in the index."""
    here, there = make_app(data_dir="here"), make_app(data_dir="there")
    there.extensions["call_path"].streams.note(changed("stream-stopped"))
    there.extensions["keeper"].drain()

    assert here.extensions["call_path"].streams.has_failed("AC" + "9" * 32, CALL_SID)


def test_streams_are_asked_about_while_all_threads_of_route_look_ups_are_busy(make_app: Callable[..., Flask]) -> None:
    """And the other way round: they have none in common."""
    here, there = make_app(data_dir="here"), make_app(data_dir="there")
    there.extensions["call_path"].streams.note(changed("stream-stopped"))
    there.extensions["keeper"].drain()

    with keeping_busy(here.extensions["deadlined_database"]):
        has_failed = here.extensions["call_path"].streams.has_failed(ACCOUNT_SID, CALL_SID)

    assert not has_failed


def test_error_that_comes_after_the_end_is_waited_for(door: Door) -> None:
    """A stream that broke while it ran is told from one that ended, in whichever order Twilio tells it."""
    door.streams.note(changed("stream-started"))
    late = Timer(0.1, lambda: door.streams.note(changed("stream-error")))
    late.start()

    assert door.streams.has_failed(ACCOUNT_SID, CALL_SID)
    late.join()


def test_end_that_is_never_explained_is_an_end(door: Door) -> None:
    """A stream that had started and of which nothing more is heard was ended by the agent."""
    door.streams.note(changed("stream-started"))

    assert not door.streams.has_failed(ACCOUNT_SID, CALL_SID)


def test_event_of_another_call_does_not_count(door: Door) -> None:
    """Each call has its own stream."""
    door.streams.note(changed("stream-started", "CA" + "2" * 32))

    assert door.streams.has_failed(ACCOUNT_SID, CALL_SID)


def test_event_is_noted_as_one_of_its_call(door: Door) -> None:
    """The record's events tell of the stream as well."""
    door.streams.note(StreamChanged(ACCOUNT_SID, CALL_SID, "stream-error", "Handshake"))

    [event] = door.noted()
    assert (event.kind, event.call_sid) == ("stream_changed", CALL_SID)
    assert event.details == {"event": "stream-error", "problem": "Handshake"}


def test_unreadable_file_costs_no_answer(door: Door, tmp_path: Path) -> None:
    """With the host's file unusable and no database the event is still noted, and the stream counts as failed."""
    streams = StreamEvents(door.notes, BrokenStore(), NoDatabase())
    streams.note(changed("stream-started"))

    assert streams.has_failed(ACCOUNT_SID, CALL_SID)
    assert [event.kind for event in door.noted()] == ["stream_changed"]
