"""Compare the copies of the call routes, in Redis and on this host, with the database."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from models import Database
from routing.call_route import CallRoute
from routing.call_route_cache import CallRouteCache
from routing.local_store import LocalStore
from routing.route_queries import read_all_routes, read_last_change

TRIES = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """A number (E.164) whose route in a copy is not the database's."""

    copy: str
    phone_number: str
    problem: str


@dataclass(frozen=True, slots=True)
class RoutesChecked:
    """What was compared. `stale` names copies that are not as of the database's change, so nobody believes them."""

    n: int
    routes: int
    differences: tuple[Difference, ...]
    stale: tuple[str, ...]


def check_routes(database: Database, local_store: LocalStore, cache: CallRouteCache | None) -> RoutesChecked:
    """Compare all routes. A copy that moves on meanwhile is read again; raises what the three stores raise."""
    differences: list[Difference] = []
    stale: list[str] = []
    n, truth = _read_database(database)
    for copy, read in (("host", local_store.every_route), ("redis", cache.every_route if cache else None)):
        if read is None:
            continue
        for _ in range(TRIES):
            as_of, routes = read()
            if as_of is None or as_of <= n:
                break
            n, truth = _read_database(database)
        if as_of != n:
            stale.append(f"{copy} ({'no copy yet' if as_of is None else f'as of change {as_of}'})")
        else:
            differences += compare_copies(copy, truth, routes, must_be_whole=copy == "host")
    return RoutesChecked(n, len(truth), tuple(differences), tuple(stale))


def _read_database(database: Database) -> tuple[int, dict[str, CallRoute]]:
    with database.reading() as session:
        n = read_last_change(session).n
        return n, {route.phone_number: route for route in read_all_routes(session)}


def compare_copies(
    copy: str, truth: Mapping[str, CallRoute], routes: Mapping[str, CallRoute | None], must_be_whole: bool
) -> list[Difference]:
    """Compare the entries of a copy. One that the database has not must say `unknown`."""
    differences = []
    for phone_number, route in routes.items():
        expected = truth.get(phone_number) or CallRoute(phone_number, "unknown")
        if route != expected:
            differences.append(Difference(copy, phone_number, _problem(route, expected)))
    if must_be_whole:
        missing = truth.keys() - routes.keys()
        differences += [Difference(copy, phone_number, "is missing") for phone_number in sorted(missing)]
    return differences


def _problem(route: CallRoute | None, expected: CallRoute) -> str:
    if route is None:
        return "is unreadable"
    if route.decision != expected.decision:
        return f"says {route.decision}, the database {expected.decision}"
    said = asdict(route)
    wrong = [name for name, value in asdict(expected).items() if said[name] != value]
    return f"has another {', '.join(wrong)} than the database"
