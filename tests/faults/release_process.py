"""Release a number, or finish what was cut off, in processes that are killed at a given step.

`python -m tests.faults.release_process` reads one case a line from its standard input and writes how its process ended:
the exit status, or -9. Each case has a process of its own, forked from this one, which has only imported everything.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from operations import twilio_http
from operations.changes import Who
from operations.errors import OperationError
from operations.finish_releases import finish_releases
from operations.permissions import SYSTEM
from operations.release_number import release_number
from operations.twilio_account import TwilioAccount
from tests.conftest import Stack, settings_for
from tests.faults.case_process import do_cases
from tests.faults.purchase_process import (
    ANSWER_WITHIN_SECONDS,
    KILL_AFTER_SECONDS,
    REFUSED,
    at_commit,
    die,
    nowhere,
)

RELEASED, FREED = ("number.released",), ("number.freed",)


def do(
    what: str, step: str, account_id: int, phone_number: str, stack: list[str], data_dir: str, twilio_url: str
) -> int:
    """Do one case as a process of its own; return its exit status."""
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(twilio_http, "ANSWER_WITHIN_SECONDS", ANSWER_WITHIN_SECONDS)
            STEPS[step](patch)
            app = create_app(settings_for(Stack(*stack), Path(data_dir), twilio_api_url=twilio_url))
            changes, twilio = app.extensions["changes"], app.extensions["twilio"]
            if what == "sync":
                finish_releases(changes, twilio)
            else:
                release_number(changes, Who(account_id, "releaser", SYSTEM), phone_number, twilio=twilio)
    except OperationError:
        return REFUSED
    return 0


def before_the_delete(patch: pytest.MonkeyPatch) -> None:
    """Die when the release is in force, before a byte of the DELETE is sent."""
    patch.setattr(TwilioAccount, "release", lambda *arguments: die())


def during_the_delete(patch: pytest.MonkeyPatch) -> None:
    """Die while Twilio is at it, or with its answer just arrived."""
    release = TwilioAccount.release

    def release_and_die(*arguments: Any) -> None:
        threading.Timer(KILL_AFTER_SECONDS, die).start()
        try:
            release(*arguments)
        finally:
            time.sleep(10)

    patch.setattr(TwilioAccount, "release", release_and_die)


def after_the_delete(patch: pytest.MonkeyPatch) -> None:
    """Die with Twilio's answer, or our being tired of waiting for it, in hand."""
    release = TwilioAccount.release

    def release_and_die(*arguments: Any) -> None:
        try:
            release(*arguments)
        finally:
            die()

    patch.setattr(TwilioAccount, "release", release_and_die)


STEPS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "never": nowhere,
    "before the release is committed": at_commit(RELEASED, is_after=False),
    "after the release is committed": at_commit(RELEASED, is_after=True),
    "before the delete": before_the_delete,
    "during the delete": during_the_delete,
    "after the delete": after_the_delete,
    "before the end is committed": at_commit(FREED, is_after=False),
    "after the end is committed": at_commit(FREED, is_after=True),
}

if __name__ == "__main__":
    do_cases(do)
