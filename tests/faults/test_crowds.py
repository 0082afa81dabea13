"""Callers who come in crowds are all answered."""

import pytest

from tests.faults.client_stories import CLIENT_STORIES
from tests.faults.story import SMALL, Story
from tests.faults.town import Town


@pytest.mark.timeout(240)
@pytest.mark.parametrize("story", CLIENT_STORIES, ids=lambda story: story.__name__)
def test_promises_are_kept_in(town: Town, story: Story) -> None:
    """Whoever was answered was answered rightly, and is recorded once."""
    shown = story(town, SMALL)

    print(shown)
    assert shown.problems == []
