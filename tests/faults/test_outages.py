"""A call is always answered: Redis, the database, or both are stopped or frozen under load."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from operations.pause_number import pause_number
from tests.faults.conftest import TO_NUMBERS, Town
from tests.faults.load import Load, post_call

OUTAGE_SECONDS = 5.0
# Twilio waits for 15 seconds. The bound is far above what a quiet machine needs, so that a busy one passes too.
LONGEST_MILLISECONDS = 3000

OUTAGES: dict[str, tuple[Callable[[Town], None], Callable[[Town], None]]] = {
    "redis stopped": (lambda town: town.valkey.stop(), lambda town: town.valkey.start()),
    "redis frozen": (lambda town: town.valkey.freeze(), lambda town: town.valkey.thaw()),
    "database stopped": (lambda town: town.postgres.stop(), lambda town: town.postgres.start()),
    "database frozen": (lambda town: town.postgres.freeze(), lambda town: town.postgres.thaw()),
    "both stopped": (
        lambda town: (town.valkey.stop(), town.postgres.stop())[0],
        lambda town: (town.valkey.start(), town.postgres.start())[0],
    ),
    "both frozen": (
        lambda town: (town.valkey.freeze(), town.postgres.freeze())[0],
        lambda town: (town.valkey.thaw(), town.postgres.thaw())[0],
    ),
}


@pytest.mark.parametrize("outage", OUTAGES)
def test_every_call_reaches_its_agent_and_is_recorded_through_an_outage(town: Town, outage: str) -> None:
    """Calls before, during and after the outage are all handed to the agent, in time, and recorded once."""
    begin, end = OUTAGES[outage]
    paused = TO_NUMBERS[7]
    assert pause_number(town.changes, town.who, paused)[1].in_force

    with Load(town.service, [number for number in TO_NUMBERS if number != paused]) as load:
        time.sleep(1.0)
        begin(town)
        time.sleep(OUTAGE_SECONDS)
        to_paused = [post_call(town.service.url, paused) for _ in range(20)]
        end(town)
        time.sleep(1.0)

    report(outage, load)
    assert [call for call in load.answered if call.verb != "Dial"] == []
    assert load.worst_milliseconds() < LONGEST_MILLISECONDS
    assert {call.verb for call in to_paused} == {"Reject"}
    assert town.recorded_call_sids() == {call.call_sid for call in [*load.answered, *to_paused]}


def test_calls_are_answered_when_workers_start_again_during_an_outage_of_both(town: Town) -> None:
    """A host that lost its memory and can ask nobody still has its own copy on disk."""
    assert pause_number(town.changes, town.who, TO_NUMBERS[7])[1].in_force
    town.valkey.stop()
    town.postgres.stop()

    town.service.kill()
    town.service.start()
    answers = [post_call(town.service.url, number) for number in TO_NUMBERS[:40]]

    assert [call.to_number for call in answers if call.verb != "Dial"] == [TO_NUMBERS[7]]
    town.postgres.start()
    town.valkey.start()
    assert town.recorded_call_sids() == {call.call_sid for call in answers}


def report(outage: str, load: Load) -> None:
    """Print figures, and append them to the file that FAULT_FIGURES names, for whoever measures."""
    milliseconds = sorted(call.milliseconds for call in load.answered)
    figures = {
        "outage": outage,
        "calls": len(milliseconds),
        "answered": sum(call.verb is not None for call in load.answered),
        "p50_ms": round(milliseconds[len(milliseconds) // 2], 1),
        "p99_ms": round(milliseconds[int(len(milliseconds) * 0.99)], 1),
        "worst_ms": round(milliseconds[-1], 1),
    }
    print(figures)
    if path := os.environ.get("FAULT_FIGURES"):
        with Path(path).open("a") as file:
            file.write(json.dumps(figures) + "\n")
