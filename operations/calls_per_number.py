"""Count the calls of a few numbers per day, with one query: for a list that shows a little chart beside each number."""

from collections.abc import Sequence

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from models import Call
from operations.days import Day


def count_calls_of_numbers(session: Session, number_ids: Sequence[int], days: Sequence[Day]) -> dict[int, list[int]]:
    """Return how many calls each number (by id) had on each of the days, which follow one another; 0 where it had none.

    Refused calls count too. It reads one range of an index for each number, and nothing else.
    """
    counts = {number_id: [0] * len(days) for number_id in number_ids}
    if not counts or not days:
        return counts
    index_of_day = case(*((Call.received_at < day.ends, index) for index, day in enumerate(days))).label("index_of_day")
    query = (
        select(Call.number_id, index_of_day, func.count())
        .where(Call.number_id.in_(number_ids), Call.received_at >= days[0].begins, Call.received_at < days[-1].ends)
        .group_by(Call.number_id, "index_of_day")
    )
    for number_id, index, count in session.execute(query):
        counts[number_id][index] = count
    return counts
