"""Change many numbers under one change number: one audit row, in force at once."""

from collections.abc import Sequence
from typing import Any

from operations.changes import Draft


def record_numbers(
    draft: Draft, before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]], reason: str | None = None
) -> None:
    """Record the numbers that differ, given as shown before and after in the same order; nothing if none differs.

    One number is recorded as itself, several as {"numbers": [...]}, in the same order on both sides.
    """
    differing = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    if not differing:
        return
    phone_numbers = [new["phone_number"] for _, new in differing]
    if len(differing) == 1:
        draft.record(phone_numbers, *differing[0], reason)
    else:
        olds, news = zip(*differing, strict=True)
        draft.record(phone_numbers, {"numbers": list(olds)}, {"numbers": list(news)}, reason)
