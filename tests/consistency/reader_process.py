"""A worker process of a host: looks routes up as the webhook does, and checks each answer against what was promised.

Started by `test_many_processes.py` with a JSON of its settings on the command line; prints a JSON of its counts.

What was promised is in a file that all processes map: per number, the number of the last change that was begun and of
the last that was acknowledged, with the decision that it leads to. An answer is stale if no change was begun between
the last acknowledgement before the look-up and the end of the look-up, and it is not what was acknowledged.
"""

import json
import mmap
import random
import struct
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from app import create_app
from routing.call_route_lookup import CallRouteLookup
from tests.conftest import Stack, settings_for

PROMISE = struct.Struct("<QQB7x")
DECISIONS = ("routed", "paused")
THREADS = 2


class Promises:
    """The shared file: for each number (begun, acknowledged, decision)."""

    def __init__(self, path: Path, count: int) -> None:
        if not path.exists():
            path.write_bytes(PROMISE.pack(0, 0, 0) * count)
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)

    def read(self, index: int) -> tuple[int, int, int]:
        """Return (begun, acknowledged, decision); torn writes show as begun > acknowledged and are not judged."""
        return PROMISE.unpack_from(self._map, index * PROMISE.size)

    def begin(self, index: int) -> None:
        begun, acknowledged, decision = self.read(index)
        PROMISE.pack_into(self._map, index * PROMISE.size, begun + 1, acknowledged, decision)

    def acknowledge(self, index: int, decision: int) -> None:
        begun, _, _ = self.read(index)
        struct.pack_into("<B", self._map, index * PROMISE.size + 16, decision)
        struct.pack_into("<Q", self._map, index * PROMISE.size + 8, begun)


def look_up_until(
    parts: dict, lookup_of: list[CallRouteLookup], arguments: dict, counts: Counter, give_up_at: float
) -> None:
    """Look up random numbers and judge each answer."""
    promises = Promises(Path(arguments["promises"]), len(arguments["numbers"]))
    while time.monotonic() < give_up_at:
        index = random.randrange(len(arguments["numbers"]))
        begun, acknowledged, decision = promises.read(index)
        found = lookup_of[0].find(arguments["numbers"][index])
        begun_after, _, _ = promises.read(index)
        counts["reads"] += 1
        counts[f"from {found.source}"] += 1
        if begun == acknowledged == begun_after:
            counts["judged"] += 1
            if found.route.decision != DECISIONS[decision]:
                counts["stale"] += 1
                print(found, begun, decision, file=sys.stderr)
        if random.random() < arguments["restart_rate"]:
            lookup_of[0] = CallRouteLookup(parts["local_store"], parts["deadlined_cache"], parts["deadlined_database"])


def main(arguments: dict) -> None:
    app = create_app(
        settings_for(Stack(arguments["database_url"], arguments["redis_url"]), Path(arguments["data_dir"]))
    )
    parts = app.extensions
    parts["keeper"].start()
    lookup_of = [CallRouteLookup(parts["local_store"], parts["deadlined_cache"], parts["deadlined_database"])]
    while parts["local_store"].known() is None:
        time.sleep(0.01)
    print("ready", flush=True)
    sys.stdin.readline()
    counts = [Counter() for _ in range(THREADS)]
    give_up_at = time.monotonic() + arguments["seconds"]
    threads = [
        threading.Thread(target=look_up_until, args=(parts, lookup_of, arguments, count, give_up_at))
        for count in counts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(sum(counts, Counter())))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
