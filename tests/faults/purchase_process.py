"""Buy a number, or finish what was cut off, in processes that are killed at a given step.

`python -m tests.faults.purchase_process` reads one case a line from its standard input and writes how its process
ended: the exit status, or -9. Each case has a process of its own, forked from this one, which has only imported what
they need.
"""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app import create_app
from operations import twilio_http
from operations.changes import Draft, Who
from operations.errors import OperationError
from operations.finish_purchases import finish_purchases
from operations.get_number import get_number
from operations.permissions import SYSTEM
from operations.twilio_account import TwilioAccount, webhooks_of
from tests.conftest import PUBLIC_URL, Stack, settings_for
from tests.faults.case_process import do_cases

ANSWER_WITHIN_SECONDS = 0.25
KILL_AFTER_SECONDS = 0.05
REFUSED = 3
ORDERING = ("number.ordered",)
ENDING = ("number.purchased", "number.purchase_failed")


def do(
    what: str, step: str, account_id: int, phone_number: str, stack: list[str], data_dir: str, twilio_url: str
) -> int:
    """Do one case as a process of its own; return its exit status."""
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(twilio_http, "ANSWER_WITHIN_SECONDS", ANSWER_WITHIN_SECONDS)
            STEPS[step](patch)
            app = create_app(settings_for(Stack(*stack), Path(data_dir), twilio_api_url=twilio_url))
            changes, twilio, webhooks = app.extensions["changes"], app.extensions["twilio"], webhooks_of(PUBLIC_URL)
            if what == "sync":
                finish_purchases(changes, twilio, webhooks, at_once=True)
            else:
                get_number(changes, twilio, webhooks, Who(account_id, "buyer", SYSTEM), phone_number)
    except OperationError:
        return REFUSED
    return 0


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def nowhere(patch: pytest.MonkeyPatch) -> None:
    """Let the process live."""


def at_commit(actions: tuple[str, ...], is_after: bool) -> Callable[[pytest.MonkeyPatch], None]:
    """Die right before or after a transaction that recorded one of these actions is committed."""

    def apply(patch: pytest.MonkeyPatch) -> None:
        recorded: list[str] = []
        record, commit = Draft.record, Session.commit

        def note(draft: Draft, *arguments: Any, **more: Any) -> None:
            recorded.append(draft.action)
            record(draft, *arguments, **more)

        def commit_or_die(session: Session) -> None:
            is_the_one = bool(recorded) and recorded[-1] in actions
            if is_the_one and not is_after:
                die()
            commit(session)
            if is_the_one:
                die()

        patch.setattr(Draft, "record", note)
        patch.setattr(Session, "commit", commit_or_die)

    return apply


def before_the_purchase(patch: pytest.MonkeyPatch) -> None:
    """Die when the number has been looked for, before a byte of the purchase is sent."""
    patch.setattr(TwilioAccount, "buy", lambda *arguments: die())


def during_the_purchase(patch: pytest.MonkeyPatch) -> None:
    """Die while Twilio is at it; one that has answered already is not heard."""
    buy = TwilioAccount.buy

    def buy_and_die(*arguments: Any) -> None:
        dying = threading.Timer(KILL_AFTER_SECONDS, die)
        dying.start()
        try:
            buy(*arguments)
        finally:
            dying.join()

    patch.setattr(TwilioAccount, "buy", buy_and_die)


def after_the_purchase(patch: pytest.MonkeyPatch) -> None:
    """Die with Twilio's answer, or our being tired of waiting for it, in hand."""
    buy = TwilioAccount.buy

    def buy_and_die(*arguments: Any) -> None:
        try:
            buy(*arguments)
        finally:
            die()

    patch.setattr(TwilioAccount, "buy", buy_and_die)


STEPS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "never": nowhere,
    "before the order is committed": at_commit(ORDERING, is_after=False),
    "after the order is committed": at_commit(ORDERING, is_after=True),
    "before the purchase": before_the_purchase,
    "during the purchase": during_the_purchase,
    "after the purchase": after_the_purchase,
    "before the end is committed": at_commit(ENDING, is_after=False),
    "after the end is committed": at_commit(ENDING, is_after=True),
}

if __name__ == "__main__":
    do_cases(do)
