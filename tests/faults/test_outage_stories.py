"""Outages that change what is true: another database, another host, none at all, and a held lock."""

import pytest

from tests.faults.outage_stories import OUTAGE_STORIES
from tests.faults.story import SMALL, Story
from tests.faults.town import Town


@pytest.mark.timeout(240)
@pytest.mark.parametrize("story", OUTAGE_STORIES, ids=lambda story: story.__name__)
def test_promises_are_kept_in(town: Town, story: Story) -> None:
    """Whoever was answered was answered rightly, and is recorded once."""
    shown = story(town, SMALL)

    print(shown)
    assert shown.problems == []
