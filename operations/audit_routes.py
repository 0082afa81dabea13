"""Compare a random handful of the copies of call routes with the database: the auditor that looks every minute.

`flask routes check` compares all of them. Copies that are behind are not compared, because nobody believes them.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from models import Database, Number
from operations.check_routes import Difference, compare_copies
from routing.call_route import CallRoute
from routing.call_route_cache import CallRouteCache
from routing.local_store import LocalStore
from routing.route_queries import read_last_change, read_some_routes

SAMPLE = 50


@dataclass(frozen=True, slots=True)
class Audited:
    """How many routes of copies were compared, and which of them are wrong."""

    compared: int
    differences: tuple[Difference, ...]


def audit_routes(
    database: Database, local_store: LocalStore, cache: CallRouteCache | None, sample: int = SAMPLE
) -> Audited:
    """Compare a sample on this host and in Redis; raises what the three stores raise."""
    n, truth = _read_sample(database, sample)
    numbers = sorted(truth)
    compared, differences = 0, []
    for copy, read in (("host", local_store.find_some), ("redis", cache.find_some if cache else None)):
        if read is None or not numbers:
            continue
        as_of, routes = read(numbers)
        if as_of == n:
            compared += len(routes)
            differences += compare_copies(copy, truth, routes, must_be_whole=copy == "host")
    return Audited(compared, tuple(differences))


def _read_sample(database: Database, sample: int) -> tuple[int, dict[str, CallRoute]]:
    """Read the routes of numbers that follow one another from a random place: any order but that of ids reads all."""
    with database.reading() as session:
        n = read_last_change(session).n
        first, last = session.execute(select(func.min(Number.id), func.max(Number.id))).one()
        if first is None:
            return n, {}
        start = random.randint(first, max(first, last - sample + 1))  # noqa: S311
        query = select(Number.phone_number).where(Number.id >= start).order_by(Number.id).limit(sample)
        named: Sequence[str] = session.scalars(query).all()
        return n, read_some_routes(session, named)
