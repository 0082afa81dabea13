"""What admins and callers of two hosts see under random faults is what one order of changes explains."""

import pytest

from tests.faults.histories import random_histories
from tests.faults.story import SMALL
from tests.faults.town import Town


@pytest.mark.timeout(240)
def test_histories_under_random_faults_are_linearizable(town: Town) -> None:
    """The seed is printed: `random_histories(town, SMALL, seed)` makes the same faults again."""
    shown = random_histories(town, SMALL)

    print(shown)
    assert shown.problems == []
