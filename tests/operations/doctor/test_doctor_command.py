"""`flask doctor`: a table with fixes, JSON for programs, an exit status for scripts, and a live view."""

import json
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from click.testing import Result

from tests.operations.doctor.conftest import Clinic


def run(clinic: Clinic, *options: str, status: int) -> Result:
    result = clinic.app.test_cli_runner().invoke(args=["doctor", *options])
    assert result.exit_code == status, result.output
    return result


def test_router_in_order_ends_with_status_0(clinic: Clinic) -> None:
    """Every check has a line."""
    result = run(clinic, status=0)

    assert "Twilio sends the calls of 1 numbers here." in result.stdout
    assert "→" not in result.stdout
    assert "0 to be mended" in result.stderr


def test_findings_end_with_status_1_and_a_fix_each(clinic: Clinic) -> None:
    """Under each finding, with an arrow before it."""
    clinic.set(fallback_number="", secret_key="")

    result = run(clinic, status=1)

    rows = [line for line in result.stdout.splitlines() if " warning " in line]
    assert [row.split("  ")[0] for row in rows] == ["settings", "fallback number"]
    assert result.stdout.count("→") == 2
    assert "2 to be mended" in result.stderr


def test_json_has_an_object_for_each_finding(clinic: Clinic) -> None:
    """With the fields of a finding, and nothing else on standard output."""
    clinic.set(fallback_number="")

    found = json.loads(run(clinic, "--json", status=1).stdout)

    assert {frozenset(one) for one in found} == {frozenset({"check", "severity", "finding", "fix"})}
    [wrong] = [one for one in found if one["severity"] != "ok"]
    assert wrong["check"] == "fallback number"


def test_wrong_usage_ends_with_status_2(clinic: Clinic) -> None:
    """As with every command."""
    assert "No such option" in run(clinic, "--colour", status=2).stderr


def test_watching_looks_again_until_it_is_stopped(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit status is that of the last look."""
    waits = waiting_and_mending(clinic)
    sleeping = SimpleNamespace(sleep=lambda _: next(waits))
    monkeypatch.setattr(sys.modules["admin.commands.doctor"], "time", sleeping)
    clinic.stop()

    result = run(clinic, "--watch", "--json", status=0)

    looks = [json.loads(line) for line in result.stdout.splitlines()]
    assert [any(one["severity"] != "ok" for one in found) for found in looks] == [True, False]


def waiting_and_mending(clinic: Clinic) -> Iterator[None]:
    clinic.app.extensions["keeper"].start()
    yield
    raise KeyboardInterrupt
