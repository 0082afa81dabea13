"""A town for all tests of the package, made whole again before each."""

from collections.abc import Iterator

import pytest

from tests.faults.town import Town


@pytest.fixture(scope="package")
def lasting_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """10,000 active numbers of one agent, on PostgreSQL and Redis of the package's own."""
    with Town(tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest.fixture
def town(lasting_town: Town) -> Town:
    """The town without any fault."""
    lasting_town.heal()
    return lasting_town
