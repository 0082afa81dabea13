"""A call is always answered, whatever the database does, and an admin is never told what is not true."""

import pytest

from tests.faults.database_faults import DATABASE_FAULTS
from tests.faults.fault import SHORT, Fault, undergo
from tests.faults.town import Town


@pytest.mark.parametrize("fault", DATABASE_FAULTS, ids=lambda fault: fault.name)
def test_promises_are_kept_while(town: Town, fault: Fault) -> None:
    """Every call is answered rightly and recorded, none is stale, and the admin is told what is true."""
    tried = undergo(town, fault, SHORT)

    print(tried)
    assert tried.problems(fault) == []
