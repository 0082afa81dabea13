"""What changed in the database since some change, read once for the host's own copy and for Redis."""

from models import Database
from routing.call_route import LastChange, RoutesAsOf
from routing.route_queries import read_last_change, read_routes_changed_since


class ChangedRoutes:
    """Reads for one round of catching up, which is short: nobody minds what is committed after the first reading.

    Whoever has just made a change knows already what leads on from the one before: then that is `made_after`.
    """

    def __init__(self, database: Database, made: tuple[LastChange, RoutesAsOf] | None = None) -> None:
        self._database = database
        self._found: dict[LastChange, RoutesAsOf | None] = {}
        self.made_after = made[0] if made else None
        if made:
            self._keep(*made)

    def since(self, seen: LastChange) -> RoutesAsOf | None:
        """Return what leads on from the state of `seen`, perhaps nothing; None if the database has no such change."""
        if seen not in self._found:
            with self._database.reading() as session:
                self._keep(seen, read_routes_changed_since(session, seen))
        return self._found[seen]

    def _keep(self, seen: LastChange, changed: RoutesAsOf | None) -> None:
        """Keep an answer, and that nothing leads on from where it leads to."""
        if changed is not None:
            self._found[LastChange(changed.n, changed.change_id)] = RoutesAsOf(changed.n, {}, changed.change_id)
        self._found[seen] = changed

    def last(self) -> LastChange:
        """Return the last committed change."""
        with self._database.reading() as session:
            return read_last_change(session)
