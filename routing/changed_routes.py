"""What changed in the database since some change, read once for the host's own copy and for Redis."""

from collections.abc import Sequence

from models import Database
from routing.call_route import LastChange, RoutesAsOf, RoutesStep
from routing.route_queries import read_last_change, read_routes_changed_since


class ChangedRoutes:
    """Reads for one round of catching up, which is short: nobody minds what is committed after the first reading.

    Whoever has just made a change knows already what leads on from the one before: then that one is `made_after`. And
    whoever was told of changes, one after another, knows it of each of them, and takes `told_last` for the newest.
    """

    def __init__(self, database: Database, made: RoutesStep | None = None, told: Sequence[RoutesStep] = ()) -> None:
        self._database = database
        self._found: dict[LastChange, RoutesAsOf | None] = {}
        self.made_after = made.before if made else None
        self.told_last = told[-1].changed.last_change if told else None
        for step in reversed([made] if made else told):
            self._keep(step.before, _joined(step.changed, self._found.get(step.changed.last_change)))

    def since(self, seen: LastChange) -> RoutesAsOf | None:
        """Return what leads on from the state of `seen`, perhaps nothing; None if the database has no such change."""
        if seen not in self._found:
            with self._database.reading() as session:
                self._keep(seen, read_routes_changed_since(session, seen))
        return self._found[seen]

    def forget(self) -> None:
        """Ask the database from now on, because what was told is not what it says."""
        self._found.clear()

    def _keep(self, seen: LastChange, changed: RoutesAsOf | None) -> None:
        """Keep an answer, and that nothing leads on from where it leads to."""
        if changed is not None:
            self._found[changed.last_change] = RoutesAsOf(changed.n, {}, changed.change_id)
        self._found[seen] = changed

    def last(self) -> LastChange:
        """Return the last committed change."""
        with self._database.reading() as session:
            return read_last_change(session)


def _joined(changed: RoutesAsOf, later: RoutesAsOf | None) -> RoutesAsOf:
    """Return what leads on to where a later step leads."""
    return changed if later is None else RoutesAsOf(later.n, changed.routes | later.routes, later.change_id)
