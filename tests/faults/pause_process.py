"""Pause numbers in processes that are killed between the commit and “in force”.

`python -m tests.faults.pause_process` reads one case a line from its standard input and writes how its process ended:
the exit status, or -9. Each case has a process of its own, forked from this one, which has only imported everything.
"""

from pathlib import Path

from app import create_app
from operations.changes import Changes, Who
from operations.pause_number import pause_number
from operations.permissions import SYSTEM
from tests.conftest import Stack, settings_for
from tests.faults.case_process import do_cases
from tests.faults.purchase_process import die


def do(stack: list[str], data_dir: str, account_id: int, phone_number: str) -> int:
    """Pause a number, and die where its change would be made true everywhere."""
    Changes.confirm = lambda *arguments: die()  # type: ignore[method-assign]
    changes = create_app(settings_for(Stack(*stack), Path(data_dir))).extensions["changes"]
    pause_number(changes, Who(account_id, "test", SYSTEM), phone_number)
    return 0


if __name__ == "__main__":
    do_cases(do)
