"""Faults on demand: what the next request of a kind meets instead of a proper answer.

Each fault is used up by one request. They are kept with everything else in the folder, so that a test may ask for them
while the simulator runs in another process.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

from simulator.rest.store import open_store

CONTROL = "/simulator/"  # where faults are asked for over HTTP; nothing there meets one
ANY = "*"
INTERNAL_ERROR = "internal_error"
HANG = "hang"
SLOW = "slow"
TOO_MANY_REQUESTS = "too_many_requests"
CONNECTION_RESET = "connection_reset"
NOT_JSON = "not_json"
AUTHENTICATION_FAILED = "authentication_failed"
ACCOUNT_NOT_ACTIVE = "account_not_active"
EFFECTS = (
    *(INTERNAL_ERROR, HANG, SLOW, TOO_MANY_REQUESTS, CONNECTION_RESET, NOT_JSON),
    *(AUTHENTICATION_FAILED, ACCOUNT_NOT_ACTIVE),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to a request; ``is_done`` if Twilio does what was asked and only its answer goes wrong."""

    effect: str
    is_done: bool = False
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.effect not in EFFECTS:
            raise ValueError(f"A fault is one of {', '.join(EFFECTS)}; {self.effect!r} is not.")


def internal_error(*, is_done: bool = False) -> Fault:
    """Answer 500/20500; with ``is_done``, the number was bought all the same."""
    return Fault(INTERNAL_ERROR, is_done)


def hang(seconds: float, *, is_done: bool = False) -> Fault:
    """Say nothing for so long, then break the connection."""
    return Fault(HANG, is_done, seconds)


def slow(seconds: float) -> Fault:
    """Answer properly, but only after so long."""
    return Fault(SLOW, is_done=True, seconds=seconds)


def too_many_requests() -> Fault:
    """Answer 429/20429, which means that nothing was done."""
    return Fault(TOO_MANY_REQUESTS)


def connection_reset(*, is_done: bool = False) -> Fault:
    """Break the connection at once."""
    return Fault(CONNECTION_RESET, is_done)


def not_json(*, is_done: bool = False) -> Fault:
    """Answer 503 with a page of HTML, as a proxy in between would."""
    return Fault(NOT_JSON, is_done)


def authentication_failed() -> Fault:
    """Answer 401/20003, whatever the credentials."""
    return Fault(AUTHENTICATION_FAILED)


def account_not_active() -> Fault:
    """Answer 403/20005, as to an account that was suspended."""
    return Fault(ACCOUNT_NOT_ACTIVE)


class Faults:
    """The faults that wait for their request, in the order they were asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def next(self, method: str, resource: str, fault: Fault, times: int = 1) -> None:
        """Let the next requests meet a fault: of a method, for a resource such as ``IncomingPhoneNumbers``.

        The other resources are ``AvailablePhoneNumbers``, ``Calls``, ``Accounts`` and ``PhoneNumbers`` (prices);
        ``*`` is any method or resource.
        """
        with open_store(self._folder) as store:
            store.executemany(
                "INSERT INTO fault (method, resource, effect, is_done, seconds)"
                " VALUES (:method, :resource, :effect, :is_done, :seconds)",
                [{"method": method.upper(), "resource": resource, **asdict(fault)}] * times,
            )

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that a request meets, and use it up."""
        if path.startswith(CONTROL):
            return None
        with open_store(self._folder) as store:
            row = store.execute(
                "SELECT * FROM fault WHERE method IN (?, '*') AND resource IN (?, '*') ORDER BY position LIMIT 1",
                (method, resource_of(path)),
            ).fetchone()
            if row is None:
                return None
            store.execute("DELETE FROM fault WHERE position = ?", (row["position"],))
            return Fault(row["effect"], bool(row["is_done"]), row["seconds"])

    def waiting(self) -> int:
        """Return how many faults nobody has met yet."""
        with open_store(self._folder) as store:
            [count] = store.execute("SELECT count(*) FROM fault").fetchone()
            return int(count)

    def clear(self) -> None:
        """Forget the faults that nobody has met."""
        with open_store(self._folder) as store:
            store.execute("DELETE FROM fault")


def resource_of(path: str) -> str:
    """Return the name of the resource that a path leads to."""
    parts = path.removesuffix(".json").strip("/").split("/")
    if parts[1:2] == ["Accounts"]:
        return parts[3] if len(parts) > 3 else "Accounts"
    return parts[1] if len(parts) > 1 else ""
