"""The housekeeper does what is due, and one chore's failure does not keep the others from being done."""

import threading
from pathlib import Path
from threading import Event

from operations.errors import DatabaseUnavailable
from operations.housekeeper import Chore, Housekeeper
from tests.waiting import wait_for


def test_chore_that_fails_does_not_keep_others_from_being_done(tmp_path: Path) -> None:
    """Twilio's outage must not stop resumes."""
    done: list[str] = []

    def fail() -> None:
        raise DatabaseUnavailable

    housekeeper = Housekeeper(tmp_path, [Chore("sync", 60, fail), Chore("resume", 60, lambda: done.append("resume"))])
    housekeeper.work()
    housekeeper.work()

    assert done == ["resume"]


def test_silent_twilio_does_not_keep_a_number_from_being_resumed(tmp_path: Path) -> None:
    """What asks Twilio has a thread of its own."""
    answered, resumed = Event(), Event()
    chores = [Chore("finish", 60, lambda: answered.wait(30), asks_twilio=True), Chore("resume", 60, resumed.set)]
    housekeeper = Housekeeper(tmp_path, chores)

    housekeeper.start()
    wait_for(resumed.is_set)
    answered.set()
    housekeeper.stop(10)

    assert not any(thread.name.startswith("housekeeper") for thread in threading.enumerate())
