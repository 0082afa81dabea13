"""Nobody who kills or ends processes under load takes a call's record, its answer or a pause along."""

import pytest

from tests.faults.kill_stories import KILL_STORIES
from tests.faults.story import SMALL, Story
from tests.faults.town import Town


@pytest.mark.timeout(240)
@pytest.mark.parametrize("story", KILL_STORIES, ids=lambda story: story.__name__)
def test_promises_are_kept_after(town: Town, story: Story) -> None:
    """Whoever was answered was answered rightly, and is recorded once."""
    shown = story(town, SMALL)

    print(shown)
    assert shown.problems == []
