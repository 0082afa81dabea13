"""Which of an account's numbers were called over and over by one caller, so that calls were refused: a loop, mostly."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Call
from operations.unmet_needs import MOST_SHOWN
from routing.answering import REPEATED

LOOKED_BACK = timedelta(hours=24)


def repeated_callers(session: Session, account_id: int) -> list[dict[str, Any]]:
    """Return the numbers with such refusals in the last 24 hours, each with its caller and how many calls, most first.

    It reads the account's calls of that time, by the index of the calls list; MOST_SHOWN at most are returned.
    """
    count = func.count().label("calls")
    query = (
        select(Call.number_id, Call.to_number, Call.from_number, count)
        .where(Call.account_id == account_id, Call.received_at >= datetime.now(UTC) - LOOKED_BACK)
        .where(Call.reason.contains(REPEATED, autoescape=True))
        .group_by(Call.number_id, Call.to_number, Call.from_number)
        .order_by(count.desc())
        .limit(MOST_SHOWN)
    )
    return [dict(row._mapping) for row in session.execute(query)]
