"""Count what the processes of this host do, in a few bytes of a file each, for whoever asks for the metrics.

A process maps its file into memory: to count costs well under a microsecond, a killed process takes nothing along, and
whoever reads adds the files up. A process that starts goes on in the file of one that has ended, so that no counter
ever goes back and there are never more files than there were processes at once. The locks tell which processes live.
"""

import fcntl
import mmap
import os
import time
import uuid
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from threading import Lock

import structlog

from routing.call_route import DECISIONS

log = structlog.get_logger()
SOURCES = ("worker", "redis", "database", "host", "nothing")
REFUSALS = ("no-signature", "wrong-signature", "unreadable")
TWILIO_OUTCOMES = ("ok", "refused", "unavailable", "unknown")
BACKGROUNDS = ("keeper", "housekeeper", "housekeeper-at-twilio")
DEPENDENCIES = ("redis", "database")
# Of an inbound call: reading the request and checking its signature, finding the route, writing the note.
STAGES = ("signature", "route", "note")
# Upper ends of the classes of answering times, in seconds; the last class has none.
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0)

Key = tuple[str, ...]
CALLS: dict[Key, int] = {(decision, source): 0 for decision in DECISIONS for source in SOURCES}
COUNTED: tuple[Key, ...] = (
    *(("calls", *key) for key in CALLS),
    *(("call_bucket", str(index)) for index in range(len(BUCKETS) + 1)),
    ("call_microseconds",),
    *(("stage_microseconds", stage) for stage in STAGES),
    ("webhook_failures",),
    ("calls_repeated",),
    *(("webhooks_refused", reason) for reason in REFUSALS),
    *(("twilio_requests", outcome) for outcome in TWILIO_OUTCOMES),
    *(("background_failures", name) for name in BACKGROUNDS),
    *(("breaker_opened", name) for name in DEPENDENCIES),
    ("audited_routes",),
    ("audit_differences",),
)
# What is true of a process now, and of none that has ended.
STATES: tuple[Key, ...] = (
    *(("breaker_open", name) for name in DEPENDENCIES),
    *(("background_failing", name) for name in BACKGROUNDS),
    ("last_audit_differences",),
    ("last_audit_at",),
)
PLACES: dict[Key, int] = {key: place for place, key in enumerate(COUNTED + STATES)}
CALL_PLACES = {key: PLACES["calls", *key] for key in CALLS}
FIRST_BUCKET = PLACES["call_bucket", "0"]
MICROSECONDS = PLACES["call_microseconds",]
FIRST_STAGE = PLACES["stage_microseconds", STAGES[0]]
SIZE = 8 * len(PLACES)
# Another version counts other things, in other files.
LAYOUT = sha256(repr(list(PLACES)).encode()).hexdigest()[:8]


class HostCounts:
    """Counts in this process's file in `folder`; without a disk in memory only. Never raises, never waits for a disk.

    The file is opened when something is first counted, so that nothing is inherited by a fork.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._slots: memoryview | None = None
        self._file = -1

    def call(self, decision: str, source: str, seconds: float, stages: Sequence[float] = ()) -> None:
        """Count an inbound call that was answered after so many seconds, of which it took so many in each of STAGES."""
        slots = self._slots or self._open()
        with self._lock:
            slots[CALL_PLACES[decision, source]] += 1
            slots[FIRST_BUCKET + bisect_left(BUCKETS, seconds)] += 1
            slots[MICROSECONDS] += int(seconds * 1_000_000)
            for place, taken in enumerate(stages, FIRST_STAGE):
                slots[place] += int(taken * 1_000_000)

    def count(self, *key: str, by: int = 1) -> None:
        """Count one of COUNTED."""
        slots = self._slots or self._open()
        with self._lock:
            slots[PLACES[key]] += by

    def state(self, *key: str, value: int) -> None:
        """Say how one of STATES is in this process now."""
        slots = self._slots or self._open()
        slots[PLACES[key]] = value

    def breaker(self, dependency: str, is_open: bool) -> None:
        """Say that calls leave a dependency alone from now on, or ask it again."""
        self.state("breaker_open", dependency, value=int(is_open))
        if is_open:
            self.count("breaker_opened", dependency)

    def background(self, name: str, has_failed: bool, failing: int) -> None:
        """Say that a piece of background work has failed or recovered, and how many are failing now."""
        self.state("background_failing", name, value=failing)
        if has_failed:
            self.count("background_failures", name)

    def audit(self, compared: int, differences: int) -> None:
        """Say what the auditor has found just now."""
        self.count("audited_routes", by=compared)
        self.count("audit_differences", by=differences)
        self.state("last_audit_differences", value=differences)
        self.state("last_audit_at", value=int(time.time()))

    def forget(self) -> None:
        """Let go of the parent's file, in a process that was just forked; it stays the parent's."""
        self._slots, self._file, self._lock = None, -1, Lock()

    def close(self) -> None:
        """Leave the file to the next process."""
        if self._file >= 0:
            os.close(self._file)
        self._slots, self._file = None, -1

    def _open(self) -> memoryview:
        with self._lock:
            if self._slots is None:
                try:
                    self._file = _adopt(self._folder) or _create(self._folder)
                    self._slots = memoryview(mmap.mmap(self._file, SIZE)).cast("q")
                except OSError as error:
                    log.warning("metrics are not kept", problem=type(error).__name__)
                    self._slots = memoryview(bytearray(SIZE)).cast("q")
                for key in STATES:
                    self._slots[PLACES[key]] = 0
            return self._slots


def read_counts(folder: Path) -> tuple[Counter[Key], int]:
    """Return all counts of this host, with the states of its living processes, and how many live.

    Of an audit the last one counts, whichever process it was that made it.
    """
    totals: Counter[Key] = Counter()
    last_audit = (0, 0)
    living = 0
    for path in folder.glob(f"{LAYOUT}-*.counts"):
        with suppress(OSError):
            content, is_alive = _read(path)
            living += is_alive
            values = dict(zip(PLACES, memoryview(content).cast("q"), strict=True))
            totals.update({key: value for key, value in values.items() if is_alive or key not in STATES})
            if is_alive:
                last_audit = max(last_audit, (values["last_audit_at",], values["last_audit_differences",]))
    totals["last_audit_at",], totals["last_audit_differences",] = last_audit
    return totals, living


def _read(path: Path) -> tuple[bytes, bool]:
    """Return a file's content, and whether a process holds it; OSError for a file of the wrong size."""
    with path.open("rb") as file:
        content = file.read()
        if len(content) != SIZE:
            raise OSError(f"{path.name} has {len(content)} bytes")
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return content, True
        return content, False


def _adopt(folder: Path) -> int | None:
    """Take over the file of a process that has ended; None if there is none. Files of other versions are removed."""
    for path in sorted(folder.glob("*.counts")):
        with suppress(OSError):
            file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if path.name.startswith(LAYOUT) and os.fstat(file).st_size == SIZE and path.exists():
                    return file
                path.unlink(missing_ok=True)
            except OSError:  # another process has it
                os.close(file)
                continue
            os.close(file)
    return None


def _create(folder: Path) -> int:
    """Make a file, locked before anybody can see it, and of its full size, so that a full disk is noticed here."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{LAYOUT}-{uuid.uuid4().hex}.new"
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.pwrite(file, bytes(SIZE), 0)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.rename(path.with_suffix(".counts"))
    except OSError:
        os.close(file)
        raise
    return file
