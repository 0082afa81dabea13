"""What the end of a call at Twilio shows, given what its number was."""

from datetime import UTC, datetime

import pytest

from operations.explain_call import explain
from operations.number_history import NumberThen
from routing.call_record import FIRST_TERMINAL, LONGEST_REASON, STATUS_ORDER
from routing.call_route import PAUSED, PENDING, RELEASED, UNASSIGNED

ENDS = STATUS_ORDER[FIRST_TERMINAL:]


def was(status: str, agent_id: int | None = 1, treatment: str | None = None) -> NumberThen:
    moment = datetime(2026, 5, 7, 12, tzinfo=UTC)
    return NumberThen(moment, 1, status, agent_id, "Clara" if agent_id else None, None, None, treatment)


ACTIVE, BUSY_PAUSE = was("active"), was("paused", treatment="busy")


@pytest.mark.parametrize(
    ("then", "decided", "explained"),
    [
        (ACTIVE, {}, {"completed", "no-answer", "canceled"}),
        (was("active", None), {"busy": UNASSIGNED}, {"canceled"}),
        (was("pending"), {"busy": PENDING}, {"canceled"}),
        (was("released", None), {"no-answer": RELEASED}, {"canceled"}),
        (BUSY_PAUSE, {"busy": PAUSED}, {"canceled"}),
        (was("paused", treatment="not_in_service"), {"no-answer": PAUSED}, {"canceled"}),
        (was("paused", treatment="message"), {}, {"completed", "canceled"}),
        (was("paused", treatment="forward"), {}, {"completed", "busy", "no-answer", "canceled"}),
    ],
)
def test_every_end_of_every_kind_of_number(then: NumberThen, decided: dict[str, str], explained: set[str]) -> None:
    """Only a refusal's own status tells a decision; the others fit or do not."""
    found = {status: explain(status, [then]) for status in ENDS}

    assert {status: one.decision for status, one in found.items() if one.decision} == decided
    assert {status for status, one in found.items() if one.is_explained} == explained | decided.keys()
    assert {one.then for one in found.values()} == {then}
    assert max(len(one.reason) for one in found.values()) <= LONGEST_REASON


def test_the_likeliest_state_that_fits_is_taken() -> None:
    """And if none fits, the likeliest."""
    assert explain("busy", [ACTIVE, BUSY_PAUSE]).then == BUSY_PAUSE
    assert explain("completed", [BUSY_PAUSE, ACTIVE]).then == ACTIVE
    assert explain("failed", [ACTIVE, BUSY_PAUSE]).then == ACTIVE


def test_without_history_nothing_is_claimed() -> None:
    """The record has neither agent nor location, and says why."""
    found = explain("completed", [])

    assert (found.then, found.decision, found.is_explained) == (None, None, False)
    assert found.reason.endswith("the audit trail does not tell what the number was")
