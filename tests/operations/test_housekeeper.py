"""The housekeeper does what is due, and one chore's failure does not keep the others from being done."""

from pathlib import Path

from operations.errors import DatabaseUnavailable
from operations.housekeeper import Chore, Housekeeper


def test_chore_that_fails_does_not_keep_others_from_being_done(tmp_path: Path) -> None:
    """Twilio's outage must not stop resumes."""
    done: list[str] = []

    def fail() -> None:
        raise DatabaseUnavailable

    housekeeper = Housekeeper(tmp_path, [Chore("sync", 60, fail), Chore("resume", 60, lambda: done.append("resume"))])
    housekeeper.work()
    housekeeper.work()

    assert done == ["resume"]
