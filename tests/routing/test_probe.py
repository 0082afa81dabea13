"""Somebody beside the calls asks whether what failed answers again."""

from threading import Semaphore

from routing.probe import Probe


def test_it_asks_again_and_again_until_it_is_closed() -> None:
    """In a thread of its own, so that nobody waits for the answer."""
    asked = Semaphore(0)
    probe = Probe(asked.release, every_seconds=0.001)

    probe.start()

    assert all(asked.acquire(timeout=30) for _ in range(3))
    probe.close()


def test_it_goes_on_after_whatever_went_wrong() -> None:
    """Or nobody would ask again until the process ends."""
    asked = Semaphore(0)

    def fail() -> None:
        asked.release()
        raise ZeroDivisionError

    probe = Probe(fail, every_seconds=0.001)

    probe.start()

    assert all(asked.acquire(timeout=30) for _ in range(3))
    probe.close()
