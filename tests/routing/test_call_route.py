"""A route survives its way through JSON, and nothing else is taken for one."""

import json
import sqlite3
from pathlib import Path

import pytest

from routing.call_route import PAUSED, ROUTED, CallRoute, route_from_json
from routing.local_store import LocalStore

NUMBER = "+14155550100"
FULL = CallRoute(
    NUMBER,
    PAUSED,
    1,
    2,
    3,
    "Clara",
    "phone",
    "+14155550181",
    None,
    4,
    "Main St",
    "message",
    "Closed.",
    None,
    ("+1", "+2"),
)


@pytest.mark.parametrize("route", [FULL, CallRoute(NUMBER, ROUTED), CallRoute(NUMBER, ROUTED, lines=("+14155550150",))])
def test_route_is_read_as_it_was_written(route: CallRoute) -> None:
    """Equal and of the same hash: it is a key of rendered documents."""
    read = route_from_json(route.to_json())

    assert (read, hash(read)) == (route, hash(route))


def test_route_without_pause_and_lines_is_written_as_the_version_before_wrote_it() -> None:
    """A process of that version on the same host can still read it."""
    assert json.loads(CallRoute(NUMBER, ROUTED, agent_name="Clara").to_json()) == {
        "phone_number": NUMBER,
        "decision": "routed",
        "agent_name": "Clara",
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "7",
        '{"phone_number": "+1"}',
        '{"phone_number": "+1", "decision": "go"}',
        '{"phone_number": "+1", "decision": "routed", "lines": 7}',
        '{"phone_number": "+1", "decision": "routed", "never_dial": true}',
    ],
)
def test_anything_else_is_no_route(text: str) -> None:
    """Neither a garbled one nor one with a field of a later version, which may say whom not to dial."""
    with pytest.raises(ValueError, match=r"not a|Expecting"):
        route_from_json(text)


def test_copy_of_another_version_is_made_anew(tmp_path: Path) -> None:
    """It may lack what that version did not know; until then the host does not vouch for it."""
    older = LocalStore(tmp_path / "host.db")
    older.replace_all(5, [CallRoute(NUMBER, ROUTED)])
    host_id = older.host_id()
    older.close()
    with sqlite3.connect(tmp_path / "host.db") as file:
        file.execute("PRAGMA user_version = 1")
    file.close()

    store = LocalStore(tmp_path / "host.db")

    assert (store.known(), store.host_id()) == (None, host_id)
    assert store.replace_all(5, [FULL])
    assert (store.known(), store.find(NUMBER)) == (5, FULL)
    store.close()
