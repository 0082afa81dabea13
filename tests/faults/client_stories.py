"""Callers who come in crowds: all are answered within Twilio's patience, and recorded."""

import random
import time

from tests.faults.crowd import call_all
from tests.faults.fault import wait_for_records
from tests.faults.load import Answered, Load, times
from tests.faults.story import Scale, Shown, unless
from tests.faults.town import TO_NUMBERS, Town

NEVER_PAUSED = TO_NUMBERS[:-1000]
USUAL_RATE = 50
BURST = 20
AT_ONCE = 2_000


def burst(town: Town, scale: Scale) -> Shown:
    """Call twenty times as often as usual, for a second, while the usual callers go on."""
    with Load(town.service.call, NEVER_PAUSED, USUAL_RATE) as load:
        time.sleep(scale.load_seconds / 3)
        crowd = call_all(town.service.url, random.choices(NEVER_PAUSED, k=BURST * USUAL_RATE), seconds=1.0)
        time.sleep(scale.load_seconds / 3)
    decided = "they wait for one another, and all are answered"
    return summed_up(f"Burst of {BURST} times the usual {USUAL_RATE} calls/s", decided, town, [*load.answered, *crowd])


def crowd_at_once(town: Town, scale: Scale) -> Shown:
    """Call as many times at the same moment as connections may wait."""
    crowd = call_all(town.service.url, random.choices(NEVER_PAUSED, k=AT_ONCE))
    decided = "they wait in the kernel's queue and the workers', and all are answered in Twilio's 15 s"
    return summed_up(f"{AT_ONCE:,} calls at once", decided, town, crowd)


def summed_up(name: str, decided: str, town: Town, calls: list[Answered]) -> Shown:
    failed = [call for call in calls if not town.is_right(call)]
    sent = {call.call_sid for call in calls if call.verb}
    wait_for_records(town, sent)
    stored = town.count_recorded_once(sent)
    figures = {"calls": len(calls), "failed": len(failed), "records sent": len(sent), "records stored": stored}
    return Shown(
        name,
        decided,
        figures | times(calls),
        [f"failed: {call}" for call in failed[:20]] + unless(every_call_recorded_once=stored == len(sent) > 0),
    )


CLIENT_STORIES = [burst, crowd_at_once]
