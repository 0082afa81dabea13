"""Where a number's calls go now: `CallRoute`, the frozen value that everything downstream speaks."""

import json
from dataclasses import dataclass, fields
from typing import NamedTuple

from config.json_text import as_json

ROUTED = "routed"
PAUSED = "paused"
PENDING = "pending"
UNASSIGNED = "unassigned"
RELEASED = "released"
UNKNOWN = "unknown"
UNAVAILABLE = "unavailable"
# Raised when a field is added whose absence means something else than "as before"
# (docs/decisions/0009-versions-of-the-routes-copies.md).
JSON_VERSION = 2
DECISIONS = (ROUTED, PAUSED, PENDING, UNASSIGNED, RELEASED, UNKNOWN, UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class CallRoute:
    """What to do with a call to `phone_number` (E.164), and with whom and where.

    `decision` is one of DECISIONS. Agent and location are there whenever the number has them, also while it is
    paused, because the call record wants them. `handoff_target` is what `handoff_kind` asks for (see
    `models/agent.py`). What callers meet while it is paused is there only then (see `models/number.py`). `lines` are
    the business's own numbers (E.164, in order) that are registered as forwarding here: to dial one of them would be a
    loop. The fields are plain values: a route is cached, compared and hashed.
    """

    phone_number: str
    decision: str
    account_id: int | None = None
    number_id: int | None = None
    agent_id: int | None = None
    agent_name: str | None = None
    handoff_kind: str | None = None
    handoff_target: str | None = None
    fallback_number: str | None = None
    location_id: int | None = None
    location_name: str | None = None
    paused_treatment: str | None = None
    paused_message: str | None = None
    paused_forward_to: str | None = None
    lines: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Write the route compactly, without the fields that are empty."""
        return as_json({name: value for name in FIELDS if (value := getattr(self, name)) not in (None, ())}).decode()


FIELDS = tuple(field.name for field in fields(CallRoute))


class LastChange(NamedTuple):
    """The number of the last committed change, 0 before the first, and its random id."""

    n: int
    id: str


@dataclass(frozen=True, slots=True)
class RoutesAsOf:
    """The routes of some phone numbers as they are at change number `n`, whose random id is `change_id`."""

    n: int
    routes: dict[str, CallRoute]
    change_id: str = ""

    @property
    def last_change(self) -> LastChange:
        """The change that they are as of."""
        return LastChange(self.n, self.change_id)


class RoutesStep(NamedTuple):
    """What leads on from the state of a change to that of a later one: the routes that differ, as they are then."""

    before: LastChange
    changed: RoutesAsOf


def route_from_json(text: str | bytes) -> CallRoute:
    """Read what `to_json` wrote; raise ValueError for anything else, so that a garbled copy is never believed.

    A field that we do not know was written by a later version and may be the one that says whom not to dial, so it is
    not passed over (`docs/decisions/0009-versions-of-the-routes-copies.md`).
    """
    try:
        written = json.loads(text)
        route = CallRoute(**written | {"lines": tuple(written.get("lines", ()))})
    except (TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a call route: {error}") from error
    if route.decision not in DECISIONS:
        raise ValueError(f"not a decision: {route.decision}")
    return route
