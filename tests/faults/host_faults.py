"""What a host's own disk can do to it: a fault each."""

import os
import sqlite3
from dataclasses import dataclass, field

from tests.faults.fault import NOT_YET, Fault, is_hung_up_on, nothing
from tests.faults.mounts import empty_again, fill_up, set_read_only
from tests.faults.town import Town

NOTES_WAIT = "calls go on; their notes wait in memory, and are written when the disk lets us"


@dataclass
class LockedFile:
    """Somebody holds the write lock of the host's own file, as a backup program may."""

    _connection: list[sqlite3.Connection] = field(default_factory=list)

    def begin(self, town: Town) -> None:
        connection = sqlite3.connect(town.data_dir / "host.db", isolation_level=None, check_same_thread=False)
        connection.execute("BEGIN EXCLUSIVE")
        self._connection.append(connection)

    def end(self, _: Town) -> None:
        connection = self._connection.pop()
        connection.execute("ROLLBACK")
        connection.close()


def corrupt(town: Town) -> None:
    """Overwrite the host's own file with noise, under the processes that have it open."""
    for name in ("host.db", "host.db-wal"):
        path = town.data_dir / name
        if path.exists():
            with path.open("r+b") as file:
                file.write(os.urandom(path.stat().st_size))


def make_read_only(town: Town) -> None:
    """Start the host on a disk that was mounted read-only, as a kernel does after an error of it."""
    town.service.kill()
    set_read_only(town.service.data_dir, True)
    town.service.start(wait=False)
    town.service.wait_until_ready("/healthz")


locked_file = LockedFile()

HOST_FAULTS = [
    Fault(
        "Host's own file is locked",
        locked_file.begin,
        locked_file.end,
        "calls only read it; the pause is committed, and not in force here until the file can be written",
        (NOT_YET,),
    ),
    Fault(
        "Host's own file is overwritten with noise",
        corrupt,
        nothing,
        "workers go on with what they know; when the keeper meets the noise, the host vouches for nothing, puts the "
        "file aside and copies everything anew, as the same host; Redis and the database answer meanwhile",
        may_put_through=True,
    ),
]
MOUNTED_FAULTS = [
    Fault(
        "Host's disk is full",
        lambda town: fill_up(town.data_dir),
        lambda town: empty_again(town.data_dir),
        NOTES_WAIT,
    ),
    Fault(
        "Host's disk is read-only when it starts",
        make_read_only,
        lambda town: set_read_only(town.service.data_dir, False),
        f"the host has no copy and vouches for nothing: Redis and the database answer; {NOTES_WAIT}",
        may_lose=is_hung_up_on,
        may_put_through=True,
    ),
]
