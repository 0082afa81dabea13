"""Say in words whom numbers were given to and taken from."""

from typing import Any

from operations.change_differences import pairs
from operations.written_numbers import write_numbers

Row = dict[str, Any]


def say_assignments(before: Row | None, after: Row | None) -> str:
    """Say it once for all numbers to which the same happened."""
    by_words: dict[tuple[str, str], list[Row]] = {}
    for was, now in pairs(before, after):
        by_words.setdefault(_words(was, now), []).append(now)
    return "; ".join(f"{verb} {write_numbers(rows)}{rest}" for (verb, rest), rows in by_words.items())


def _words(was: Row, now: Row) -> tuple[str, str]:
    """Return the verb, and what follows the number: from whom, to whom, and its new label."""
    said, is_taken, is_given = [], False, False
    for word in ("agent", "location"):
        old, new = was.get(word), now.get(word)
        if old == new:
            continue
        is_taken, is_given = is_taken or old is not None, is_given or new is not None
        said += [f"from {word} “{old['name']}”"] if old else []
        said += [f"to {word} “{new['name']}”"] if new else []
    verb = "moved" if is_taken and is_given else "took" if is_taken else "gave" if is_given else "labelled"
    if was.get("label") == now.get("label"):
        return verb, "".join(f" {part}" for part in said)
    label = f"“{now['label']}”" if now.get("label") else "nothing"
    said += [label if verb == "labelled" else f"and labelled it {label}"]
    return verb, "".join(f" {part}" for part in said)
