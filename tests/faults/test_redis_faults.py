"""A call is always answered and a pause is a promise, whatever Redis does."""

from pathlib import Path

import pytest

from tests.faults.failover import FAILOVER, FailoverTown
from tests.faults.fault import SHORT, Fault, undergo
from tests.faults.flush_story import flush_at_200_a_second
from tests.faults.redis_faults import REDIS_FAULTS
from tests.faults.story import SMALL
from tests.faults.town import Town


@pytest.mark.parametrize("fault", REDIS_FAULTS, ids=lambda fault: fault.name)
def test_promises_are_kept_while(town: Town, fault: Fault) -> None:
    """Every call is answered rightly and recorded, none is stale, and the admin is told what is true."""
    tried = undergo(town, fault, SHORT)

    print(tried)
    assert tried.problems(fault) == []


@pytest.mark.timeout(240)
def test_promises_are_kept_while_redis_fails_over_and_loses_a_pause(tmp_path: Path) -> None:
    """The replica's routes are those from before the pause; nobody believes them."""
    with FailoverTown(tmp_path) as town:
        tried = undergo(town, FAILOVER, SHORT)

    print(tried)
    assert tried.problems(FAILOVER) == []


def test_flush_costs_few_database_look_ups(town: Town) -> None:
    """Workers go on believing what they know; Redis serves only who does not know a number yet."""
    shown = flush_at_200_a_second(town, SMALL)

    print(shown)
    assert shown.problems == []
