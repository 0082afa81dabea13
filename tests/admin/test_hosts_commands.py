"""`flask hosts list|remove`."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from tests.admin.conftest import NUMBER, Run


def test_hosts_are_listed_with_how_far_each_has_followed(
    app: Flask, business: Run, run_json: Callable[..., Any]
) -> None:
    """This one has followed everything, and its keeper has said so."""
    paused = run_json("numbers", "pause", NUMBER)
    app.extensions["keeper"].keep_up()

    [host] = run_json("hosts", "list")

    assert set(host) == {"id", "name", "known", "seen_at"}
    assert (host["id"], host["known"]) == (app.extensions["local_store"].host_id(), paused["change"])
    assert host["id"] in business("hosts", "list").stdout


def test_host_is_removed_by_the_beginning_of_its_id(business: Run, run_json: Callable[..., Any]) -> None:
    """It registers again when it starts again."""
    [host] = run_json("hosts", "list")

    assert "registers again" in business("hosts", "remove", host["id"][:8]).stdout
    assert run_json("hosts", "list") == []
