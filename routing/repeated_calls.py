"""Notice a caller who calls the same number over and over: a loop of forwarding telephones, or a machine.

Nobody dials one number thirty times within a minute by hand. A loop does: each leg that we dial comes back as a new
call from the same caller. So does a machine, whose every call would make us pay for dialling somebody.

The processes of a host count together, in a file of half a megabyte that all of them map into memory: a slot of eight
bytes for each pair of telephones, chosen by a hash. It holds 32 bits of the hash, the minute of the host's clock, and
how many calls came in it. It costs two microseconds, no system call and no lock, and errs on the caller's side: threads
that count at once may count too few, and pairs that share a slot put one another back to one.

Not counted are callers who stand for many: withheld ones, and lines that forward to the called number, which some
carriers show in the place of whoever called them.
"""

import mmap
import os
from hashlib import blake2b
from pathlib import Path
from time import time

import structlog

from routing.call_route import CallRoute
from routing.dialling import read_line
from routing.twilio_request import InboundCall

log = structlog.get_logger()
SLOTS = 65_536
SIZE = 8 * SLOTS


class RepeatedCalls:
    """Counts calls of a pair of telephones in the file at `path`; without a disk in this process alone. Never raises.

    `most` is how many of a pair may come within one minute of the clock; 0 means any number.
    """

    def __init__(self, path: Path, most: int) -> None:
        self._path = path
        self._most = most
        self._slots: memoryview | None = None

    def count(self, call: InboundCall, route: CallRoute) -> None:
        """Count a call that came in."""
        if self._most and _stands_for_one(call, route):
            slots, place, pair, calls = self._find(call)
            slots[place] = pair | min(calls + 1, 0xFFFF)

    def are_too_many(self, call: InboundCall, route: CallRoute) -> bool:
        """Tell whether more calls than may be have come from this caller to this number, in this minute."""
        return bool(self._most) and _stands_for_one(call, route) and self._find(call)[3] > self._most

    def _find(self, call: InboundCall) -> tuple[memoryview, int, int, int]:
        """Return the slots, which is this pair's, what it holds besides its lowest 16 bits, and the calls so far."""
        slots = self._slots or self._open()
        digest = blake2b(f"{call.from_number} {call.to_number}".encode(), digest_size=8).digest()
        place = int.from_bytes(digest[:2])
        pair = int.from_bytes(digest[4:]) << 32 | (int(time()) // 60 & 0xFFFF) << 16
        slot = slots[place]
        return slots, place, pair, slot & 0xFFFF if slot & ~0xFFFF == pair else 0

    def _open(self) -> memoryview:
        try:
            self._slots = _map(self._path)
        except OSError as error:
            log.warning("repeated calls are counted by each process alone", problem=type(error).__name__)
            self._slots = memoryview(bytearray(SIZE)).cast("Q")
        return self._slots


def _stands_for_one(call: InboundCall, route: CallRoute) -> bool:
    """Tell whether the caller shows a number that is one telephone's."""
    if call.from_number in route.lines or not call.has_caller_id:
        return False
    return call.forwarded_from is None or call.from_number != read_line(call.forwarded_from, call.to_number)


def _map(path: Path) -> memoryview:
    """Map the file into memory, of its full size, so that a full disk is noticed here. What it held goes on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(file).st_size < SIZE:
            os.posix_fallocate(file, 0, SIZE)
        return memoryview(mmap.mmap(file, SIZE)).cast("Q")
    finally:
        os.close(file)
