"""The routes that this worker process remembers, each true until a change that this host knows names its number."""

from collections.abc import Callable
from threading import Lock

from routing.call_route import CallRoute

ROUTES_KEPT = 100_000


class WorkerCopy:
    """A dictionary of routes beside `known`, shared by the threads of one process.

    `numbers_changed_since(k)` names the numbers changed on this host after change k, or is None when nobody remembers.
    """

    def __init__(self, numbers_changed_since: Callable[[int], set[str] | None], routes_kept: int = ROUTES_KEPT) -> None:
        self._numbers_changed_since = numbers_changed_since
        self._routes_kept = routes_kept
        self._routes: dict[str, CallRoute] = {}
        self._known = -1
        self._lock = Lock()

    def find(self, phone_number: str, known: int) -> CallRoute | None:
        """Return the remembered route if it is true as of `known`, which the caller has just read from this host."""
        if self._known != known:
            self._follow(known)
        return self._routes.get(phone_number)

    def keep(self, route: CallRoute, known_before: int) -> None:
        """Remember a route just looked up, unless this worker has followed a change since before the look-up.

        Without that condition a slow thread would plant an old route behind the back of `_follow`. A change that the
        host learns of but this worker has not followed yet does no harm: following it forgets the route again.
        """
        with self._lock:
            if self._known == known_before:
                if len(self._routes) >= self._routes_kept:
                    self._routes.pop(next(iter(self._routes)))
                self._routes[route.phone_number] = route

    def _follow(self, known: int) -> None:
        """Forget the routes that the changes up to `known` name; all of them when that list is not to be had."""
        with self._lock:
            if self._known == known:
                return
            changed = self._numbers_changed_since(self._known) if self._known < known else None
            if changed is None:
                self._routes.clear()
            else:
                for phone_number in changed:
                    self._routes.pop(phone_number, None)
            self._known = known
