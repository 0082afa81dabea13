"""Faults at random, one after another, of everything between two hosts and their servers."""

import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.faults.service import Service
from tests.faults.town import Town
from tests.faults.wire import Wire

SPOILT = ("refuse", "hole", "late 40", "late 300", "cut")
# Not between admins and their database: libpq waits for as many bytes as a garbled length tells it.
SPOILT_REDIS = (*SPOILT, "garble")
LONGEST_SECONDS, LONGEST_PAUSE_SECONDS = 1.5, 0.7


class RandomFaults:
    """Begins and ends faults until the block ends, the same ones for the same seed; `counts` tells which."""

    def __init__(self, town: Town, second: Service, second_database: Wire, seed: int) -> None:
        self._chance = random.Random(seed)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._go_on)
        self.counts: Counter[str] = Counter()
        self._faults: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
            "flush": (town.valkey.flush, lambda: None),
            "Redis frozen": (town.valkey.freeze, town.valkey.thaw),
            "database frozen": (town.postgres.freeze, town.postgres.thaw),
            "worker of the second host killed": (lambda: kill_a_worker(second, self._chance), lambda: None),
            "HUP of the second host": (lambda: os.kill(second.pid, signal.SIGHUP), lambda: None),
        }
        wires = {
            "Redis": town.redis,
            "database": town.database,
            "admin's database": town.admin_database,
            "second host's database": second_database,
        }
        for name, wire in wires.items():
            for how in SPOILT_REDIS if wire is town.redis else SPOILT:
                self._faults[f"{name}: {how}"] = (lambda w=wire, h=how: w.behave(h), lambda w=wire: w.behave("pass"))

    def _go_on(self) -> None:
        while not self._stopping.wait(self._chance.uniform(0.2, LONGEST_PAUSE_SECONDS)):
            name = self._chance.choice(list(self._faults))
            begin, end = self._faults[name]
            self.counts[name] += 1
            begin()
            self._stopping.wait(self._chance.uniform(0.2, LONGEST_SECONDS))
            end()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Let them happen until the block ends, and end the last one."""
        self._thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            self._thread.join()


def kill_a_worker(service: Service, chance: random.Random) -> None:
    if pids := service.worker_pids():
        with suppress(ProcessLookupError):
            os.kill(chance.choice(pids), signal.SIGKILL)
