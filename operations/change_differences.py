"""What a change altered: what was before beside what is after, field by field."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

Row = dict[str, Any]
# Follow from the other fields.
DERIVED = ("etag", "numbers")


def pairs(before: Row | None, after: Row | None) -> list[tuple[Row, Row]]:
    """Return what was and what is of each thing that a change names: of each number, or of the one thing.

    What was not there before, or is not there any more, is empty.
    """
    if "numbers" in (before or {}) or "numbers" in (after or {}):
        sides = [(side or {}).get("numbers", []) for side in (before, after)]
        return list(zip_longest(*sides, fillvalue={}))
    return [(before or {}, after or {})]


def differences(before: Row | None, after: Row | None) -> list[Row]:
    """Return the fields that differ, each with `before` and `after`; `of` is the number where there are several.

    What was created or deleted differs as a whole, and is shown as a whole already.
    """
    if before is None or after is None:
        return []
    found = pairs(before, after)
    return [
        {"of": was.get("phone_number") if "numbers" in after else None} | difference
        for was, now in found
        for difference in _fields(was, now)
    ]


def _fields(was: Row, now: Row) -> Iterator[Row]:
    for field in [*now, *(field for field in was if field not in now)]:
        if field not in DERIVED and was.get(field) != now.get(field):
            yield {"field": field, "before": was.get(field), "after": now.get(field)}
