"""A host is stopped while its database is frozen."""

import time

from tests.faults.load import post_call
from tests.faults.town import TO_NUMBERS, Town


def test_frozen_database_does_not_hold_up_the_stop(town: Town) -> None:
    """gunicorn would kill the workers after 20 seconds; what they noted is on the disk and recorded later."""
    answered = {post_call(town.service.url, to_number).call_sid for to_number in TO_NUMBERS[:5]}
    town.postgres.freeze()
    answered |= {post_call(town.service.url, to_number).call_sid for to_number in TO_NUMBERS[:5]}
    started = time.monotonic()
    town.service.stop()
    seconds = time.monotonic() - started
    town.postgres.thaw()

    assert seconds < 12
    assert answered <= town.recorded_call_sids()
