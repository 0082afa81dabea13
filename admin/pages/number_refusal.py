"""What a form about numbers is shown again with when it is refused: why, what it has seen, and what was made of it."""

from collections.abc import Sequence
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from admin.pages.answers import national
from admin.pages.guard import signed_in
from operations.change_sentences import say_what_callers_meet
from operations.errors import Changed, OperationError
from operations.list_changes import ChangeFilters, list_changes
from operations.written_moments import write_moment

MOST_SAID = 10
# Changes of a number's lines are also named by it; the number itself stays as it is.
CHANGES_LOOKED_AT = 5


def tell_refusal(
    session: Session, error: OperationError | None, numbers: Sequence[dict[str, Any]], etags: str, timezone: str
) -> dict[str, Any]:
    """Return what `numbers/refusal.html` shows of an error; `etags` is the field with what the form has seen.

    A form that is sent again has seen what it had seen before: somebody who was not told of another's change must not
    overwrite it. Whoever is refused because of one (Changed) is told, and has seen the numbers as they are now.
    """
    if error is None:
        return {}
    posted = request.form.getlist(etags)
    if not isinstance(error, Changed):
        return {"problem": error.message, "seen": posted}
    changed = [number for number in numbers if number["etag"] not in posted]
    became = [_say_what_it_became(session, number, timezone) for number in changed[:MOST_SAID]]
    return {"problem": error.message, "became": became, "more_changed": len(changed) - len(became)}


def _say_what_it_became(session: Session, number: dict[str, Any], timezone: str) -> str:
    """Say what a number is now, and who has changed it last."""
    filters = ChangeFilters(number=number["phone_number"])
    rows = list_changes(session, signed_in().who.account, filters, limit=CHANGES_LOOKED_AT, timezone=timezone).rows
    last = next((row["sentence"] for row in rows if not row["action"].startswith("line.")), "")
    return f"{national(number['phone_number'])} is now {_say_state(number, timezone)}. {last}".strip()


def _say_state(number: dict[str, Any], timezone: str) -> str:
    pause = number["paused"]
    if pause is None:
        is_unanswered = number["status"] == "active" and number["agent"] is None
        return f"{number['status']}, without an agent" if is_unanswered else str(number["status"])
    until = f" until {write_moment(pause['resume_at'], timezone)}" if pause["resume_at"] else ""
    return f"paused{until}{say_what_callers_meet(pause)}"
