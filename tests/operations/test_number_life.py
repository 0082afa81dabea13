"""Whatever is done to a number, in any order and whatever Twilio does: what must always hold, holds after each step."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from app import create_app
from models import Number
from operations import get_number
from operations.accounts import create_account
from operations.agents import create_agent
from operations.assign_number import assign_number
from operations.changes import Who
from operations.check_routes import check_routes
from operations.errors import Conflict, DatabaseUnavailable, NotFound, TooMany
from operations.finish_releases import finish_releases
from operations.number_wishes import Wishes
from operations.pause_number import pause_number, resume_number
from operations.permissions import SYSTEM
from operations.release_number import release_number
from operations.search_numbers import search_numbers
from operations.twilio_errors import TwilioProblem
from simulator.rest import (
    Fault,
    Provisioning,
    RunningSimulator,
    account_not_active,
    connection_reset,
    create_simulator,
    internal_error,
    too_many_requests,
)
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN, Stack, settings_for
from tests.operations.shop import NUMBERS, Shop

EXAMPLES, STEPS, LEAST_RUNS = 40, 40, 5
ACTIONS = ("search", "get", "assign", "pause", "resume", "release", "activate", "finish_purchases", "finish_releases")
PHONE_NUMBERS = ("+14155550110", "+14155550111")
NO_FAULT = None
FAULTS: tuple[Fault | None, ...] = (
    *(NO_FAULT, NO_FAULT, NO_FAULT, account_not_active(), too_many_requests()),
    *(internal_error(), internal_error(is_done=True), connection_reset(), connection_reset(is_done=True)),
)
phone_numbers = st.sampled_from(PHONE_NUMBERS)
faults = st.sampled_from(FAULTS)
methods = st.sampled_from(("GET", "POST", "DELETE"))
whose = st.booleans()
which = st.sampled_from((0, 1))
rarely = st.sampled_from((False, False, False, True))


class NumberLife(RuleBasedStateMachine):
    """Two accounts, two phone numbers, and a Twilio that fails now and then."""

    def __init__(self, migrated_sqlite: Path, ran: Counter[str]) -> None:
        super().__init__()
        self.ran = ran
        self.folder = Path(mkdtemp())
        shutil.copy(migrated_sqlite, self.folder / "clara.db")
        account = self.folder / "simulator" / "account.json"
        account.parent.mkdir()
        account.write_text(json.dumps({"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN}))
        self.server = RunningSimulator(create_simulator(account.parent, Provisioning(reads=1)))
        self.server.__enter__()
        stack = Stack(f"sqlite:///{self.folder / 'clara.db'}", "")
        self.app = create_app(settings_for(stack, self.folder / "host", twilio_api_url=self.server.base_url))
        self.app.extensions["keeper"].work()
        self.changes, self.twilio = self.app.extensions["changes"], self.app.extensions["twilio"]
        self.shop = Shop(self.changes, self.twilio, self.server)
        self.people = [self.make_account(name) for name in ("Example Business", "Other Business")]
        self.released: set[int] = set()
        self.shop.get(self.people[0], PHONE_NUMBERS[0], agent="Clara")
        self.shop.activate()
        self.shop.activate()

    def make_account(self, name: str) -> Who:
        who = Who(create_account(self.changes, Who(None, "test", SYSTEM), name)["id"], "test", SYSTEM)
        for agent in ("Clara", "Bruno"):
            create_agent(self.changes, who, agent, "client", "front-desk")
        return who

    @contextmanager
    def doing(self, what: str, method: str = "GET", fault: Fault | None = NO_FAULT) -> Iterator[None]:
        """Let one request of the step meet the fault; to be refused is one of the ways to go on."""
        if fault is not None:
            self.shop.faults.next(method, NUMBERS, fault)
        try:
            with suppress(*(() if fault is None else (TwilioProblem,)), Conflict, NotFound, TooMany):
                yield
                self.ran[what] += 1
        finally:
            self.shop.faults.clear()

    @rule(is_other=whose)
    def search(self, is_other: bool) -> None:
        """Nothing is offered that we have."""
        with self.doing("search"):
            wishes = Wishes(country="US", number_type="local", contains="41555501")
            found = search_numbers(self.changes.database, self.twilio, self.people[is_other], wishes)["numbers"]
            assert not {number["phone_number"] for number in found} & self.shop.owned().keys()

    @rule(
        phone_number=phone_numbers, is_other=whose, fault=faults, method=methods, agent=st.sampled_from(("Clara", None))
    )
    def get(self, phone_number: str, is_other: bool, fault: Fault | None, method: str, agent: str | None) -> None:
        with self.doing("get", method, fault):
            self.shop.get(self.people[is_other], phone_number, agent=agent)

    @precondition(lambda self: self.live())
    @rule(which=which, is_stranger=rarely, agent=st.sampled_from(("Clara", "Bruno", "")), move=st.booleans())
    def assign(self, which: int, is_stranger: bool, agent: str, move: bool) -> None:
        with self.doing("assign"):
            assign_number(self.changes, *self.somebody(which, is_stranger), agent, move=move)

    @precondition(lambda self: self.live())
    @rule(which=which, is_stranger=rarely)
    def pause(self, which: int, is_stranger: bool) -> None:
        with self.doing("pause"):
            pause_number(self.changes, *self.somebody(which, is_stranger))

    @precondition(lambda self: self.live())
    @rule(which=which, is_stranger=rarely)
    def resume(self, which: int, is_stranger: bool) -> None:
        with self.doing("resume"):
            resume_number(self.changes, *self.somebody(which, is_stranger))

    @precondition(lambda self: self.live())
    @rule(which=which, is_stranger=rarely, fault=faults, method=methods)
    def release(self, which: int, is_stranger: bool, fault: Fault | None, method: str) -> None:
        with self.doing("release", method, fault):
            release_number(self.changes, *self.somebody(which, is_stranger), twilio=self.twilio)

    @rule(phone_number=phone_numbers, is_other=whose)
    def get_and_lose_the_database(self, phone_number: str, is_other: bool) -> None:
        """Twilio has sold it when the database goes away, as it would when the process is killed."""
        with pytest.MonkeyPatch.context() as patch, self.doing("get"):
            patch.setattr(get_number, "record_bought", Mock(side_effect=DatabaseUnavailable))
            assert not self.shop.get(self.people[is_other], phone_number).is_certain

    @precondition(lambda self: "pending" not in {number.status for number in self.live()})
    @rule(which=which)
    def release_and_get_again(self, which: int) -> None:
        """As often as somebody regrets it, and without any trouble."""
        if self.live():
            owner, phone_number = self.somebody(which, is_stranger=False)
            with self.doing("release"):
                release_number(self.changes, owner, phone_number, twilio=self.twilio)
            with self.doing("get"):
                self.shop.get(owner, phone_number)

    @rule(fault=faults, method=methods)
    def activate(self, fault: Fault | None, method: str) -> None:
        with self.doing("activate", method, fault):
            self.shop.activate()

    @rule(fault=faults, method=methods, minutes_later=st.sampled_from((0, 2, 20, 20)))
    def finish_purchases(self, fault: Fault | None, method: str, minutes_later: int) -> None:
        self.shop.let_time_pass(timedelta(minutes=minutes_later))
        with self.doing("finish_purchases", method, fault):
            self.shop.finish(at_once=minutes_later == 0)

    @rule(fault=faults, method=methods)
    def finish_releases(self, fault: Fault | None, method: str) -> None:
        with self.doing("finish_releases", method, fault):
            finish_releases(self.changes, self.twilio)

    @rule()
    def sync(self) -> None:
        """While Twilio answers, everything is finished, and both sides have the same numbers."""
        self.shop.finish()
        finish_releases(self.changes, self.twilio)
        self.shop.activate()

        live = {number.phone_number: number.sid for number in self.live()}
        assert {phone_number: owned.sid for phone_number, owned in self.shop.owned().items()} == live
        assert "intended" not in {purchase.state for purchase in self.shop.purchases()}

    @precondition(lambda self: "pending" not in {number.status for number in self.live()})
    @rule()
    def nothing_to_finish(self) -> None:
        """Then it is no change to finish and to activate."""
        assert (self.shop.finish(), self.shop.activate()) == ([], [])

    @invariant()
    def phone_number_lives_once(self) -> None:
        live = Counter(number.phone_number for number in self.live())
        assert set(live.values()) <= {1}

    @invariant()
    def released_is_final(self) -> None:
        now = {number.id for number in self.shop.numbers() if number.status == "released"}
        assert self.released <= now
        assert all(number.agent_id is None for number in self.shop.numbers() if number.status == "released")
        self.released = now

    @invariant()
    def what_is_charged_is_known(self) -> None:
        """As somebody's number, as one that is being released, or as a purchase that is being finished."""
        sids = {number.sid for number in self.shop.numbers() if number.charged_until is None}
        expected = {purchase.phone_number for purchase in self.shop.purchases() if purchase.state == "intended"}
        unknown = {phone_number for phone_number, owned in self.shop.owned().items() if owned.sid not in sids}
        assert unknown <= expected

    @invariant()
    def routes_are_those_of_the_database(self) -> None:
        """And each says what the status says."""
        store = self.app.extensions["local_store"]
        checked = check_routes(self.changes.database, store, None)
        assert (checked.differences, checked.stale) == ((), ())
        _, routes = store.every_route()
        decisions = {phone_number: route.decision for phone_number, route in routes.items() if route is not None}
        assert {phone_number: decisions.get(phone_number, "unknown") for phone_number in PHONE_NUMBERS} == {
            phone_number: self.decision_of(phone_number) for phone_number in PHONE_NUMBERS
        }

    def somebody(self, which: int, is_stranger: bool) -> tuple[Who, str]:
        """Return a live number, and its owner or somebody of the other account."""
        live = self.live()
        number = live[which % len(live)]
        is_first = (number.account_id == self.people[0].account) != is_stranger
        return self.people[0 if is_first else 1], number.phone_number

    def live(self) -> list[Number]:
        return [number for number in self.shop.numbers() if number.status != "released"]

    def decision_of(self, phone_number: str) -> str:
        """Say what a call is to meet, from the rows alone."""
        rows = [number for number in self.shop.numbers() if number.phone_number == phone_number]
        live = [number for number in rows if number.status != "released"]
        if not live:
            return "released" if rows else "unknown"
        if live[0].status == "active":
            return "routed" if live[0].agent_id else "unassigned"
        return live[0].status

    def teardown(self) -> None:
        self.shop.faults.clear()
        self.sync()
        self.app.extensions["close"]()
        self.server.__exit__(None, None, None)
        shutil.rmtree(self.folder)


@pytest.mark.timeout(300)
def test_life_of_a_number_keeps_its_rules_in_any_order(migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same orders in every run; more of them with more EXAMPLES."""
    for bound in ("changes.BEGIN", "changes.COMMIT", "in_force.CONFIRM"):  # however busy the machine is
        monkeypatch.setattr(f"operations.{bound}_WITHIN_SECONDS", 30.0)
    ran: Counter[str] = Counter()
    make: Callable[[], Any] = lambda: NumberLife(migrated_sqlite, ran)  # noqa: E731
    bounds = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )

    run_state_machine_as_test(make, settings=bounds)

    assert {what for what in ACTIONS if ran[what] < LEAST_RUNS} == set()
