"""Redis is flushed while workers know their numbers: few look-ups reach the database."""

import time

from tests.faults.crowd import call_all
from tests.faults.fault import wait_for_records
from tests.faults.load import Load, times
from tests.faults.story import Scale, Shown, unless
from tests.faults.town import TO_NUMBERS, Town

RATE = 200
MOST_LOOK_UPS = 50
# Each call meets either worker: after so many of each number, one in a thousand is new to one of them.
ROUNDS = 10
CALLS_A_SECOND = 500


def flush_at_200_a_second(town: Town, scale: Scale) -> Shown:
    """Call every number until each worker knows it, flush Redis, and count who asks the database."""
    numbers = TO_NUMBERS[: 100 if scale.load_seconds < 5 else 5_000]
    for _ in range(ROUNDS):
        call_all(town.service.url, numbers, seconds=len(numbers) / CALLS_A_SECOND)
    with Load(town.service.call, numbers, RATE, threads=24) as load:
        time.sleep(scale.load_seconds / 3)
        town.valkey.flush()
        flushed = time.perf_counter()
        time.sleep(scale.load_seconds)
    after = {call.call_sid for call in load.answered if call.began >= flushed}
    wait_for_records(town, after)
    look_ups = town.count_database_look_ups(after)
    wrong = [call for call in load.answered if not town.is_right(call)]
    return Shown(
        f"FLUSHALL at {RATE} calls/s",
        f"workers go on believing what they know; at most {MOST_LOOK_UPS} look-ups reach the database",
        {"numbers": len(numbers), "calls after it": len(after), "database look-ups": look_ups} | times(load.answered),
        [f"wrong: {call}" for call in wrong] + unless(few_look_ups=look_ups <= MOST_LOOK_UPS),
    )
