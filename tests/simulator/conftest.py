"""What the simulator's tests share: an account, a recording web server, an example agent, and a way to call."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from recording_server import RecordingServer

from simulator.account import SimulatedAccount, load_or_create_account
from simulator.example_agent import ExampleAgent
from simulator.place_call import place_call
from simulator.story import CallOutcome, SimulatedCall, Step

CALLER = "+14155550199"
CALLED = "+14155550100"


class Story(list[Step]):
    """The steps of one call, and questions to ask of them."""

    @property
    def outcome(self) -> CallOutcome:
        assert self[-1].outcome is not None
        return self[-1].outcome

    def of_kind(self, kind: str) -> list[Step]:
        return [step for step in self if step.kind == kind]

    def heard(self) -> str:
        return "\n".join(step.text for step in self.of_kind("heard"))

    def error_codes(self) -> list[int | None]:
        return [step.error_code for step in self.of_kind("problem")]


PlaceCall = Callable[..., Story]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("simulator")


@pytest.fixture(scope="session")
def account(folder: Path) -> SimulatedAccount:
    return load_or_create_account(folder)


@pytest.fixture(scope="session")
def agent(folder: Path, account: SimulatedAccount) -> Iterator[ExampleAgent]:
    with ExampleAgent(folder, http_port=0, log=lambda _: None) as running:
        yield running


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with RecordingServer() as running:
        yield running


@pytest.fixture
def place(account: SimulatedAccount, server: RecordingServer, folder: Path) -> PlaceCall:
    """Place a call to a number whose voice URL answers the given verbs, and return the whole story."""

    def place_one(verbs: str | None = None, **configuration: object) -> Story:
        if verbs is not None:
            configuration["voice_url"] = server.answer("/voice", verbs)
        defaults = {
            "from_number": CALLER,
            "to_number": CALLED,
            "account_sid": account.account_sid,
            "auth_token": account.auth_token,
            "media_seconds": 0.06,
            "listen_seconds": 0.15,
            "reply_seconds": 1.0,
        }
        call = SimulatedCall(**{**defaults, **configuration})  # type: ignore[arg-type]
        return Story(place_call(call))

    return place_one
