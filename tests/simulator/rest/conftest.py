"""A simulated Twilio that answers, and two accounts on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from twilio.rest import Client

from rest.sdk import client_of
from simulator.rest import RunningSimulator, add_account, create_simulator


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningSimulator]:
    with RunningSimulator(create_simulator(tmp_path)) as running:
        yield running


@pytest.fixture
def twilio(running: RunningSimulator) -> Client:
    """The SDK, with the folder's own account."""
    return client_of(running, running.simulator.account)


@pytest.fixture
def competitor(running: RunningSimulator, tmp_path: Path) -> Client:
    """The SDK, with another account on the same Twilio."""
    return client_of(running, add_account(tmp_path, "Competitor"))
