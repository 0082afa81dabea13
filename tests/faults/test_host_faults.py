"""A call is always answered, whatever the host's own disk does."""

import pytest

from tests.faults.fault import SHORT, Fault, undergo
from tests.faults.host_faults import HOST_FAULTS, MOUNTED_FAULTS
from tests.faults.town import Town


@pytest.mark.parametrize("fault", [*HOST_FAULTS, *MOUNTED_FAULTS], ids=lambda fault: fault.name)
def test_promises_are_kept_while(town: Town, fault: Fault) -> None:
    """Every call is answered rightly and recorded, none is stale, and the admin is told what is true."""
    if fault in MOUNTED_FAULTS and not town.can_mount:
        pytest.skip("nobody but root may mount a small file system")

    tried = undergo(town, fault, SHORT)

    print(tried)
    assert tried.problems(fault) == []
