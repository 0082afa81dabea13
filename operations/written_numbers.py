"""Write phone numbers as people read them."""

from collections.abc import Sequence
from typing import Any

import phonenumbers

NAMED = 3


def write_number(phone_number: str) -> str:
    """Return a phone number (E.164) with its usual spaces, such as +1 415 555 0100."""
    try:
        parsed = phonenumbers.parse(phone_number, None)
    except phonenumbers.NumberParseException:
        return phone_number
    written: str = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return written.replace("-", " ")


def write_numbers(rows: Sequence[dict[str, Any]]) -> str:
    """Name the numbers of some rows: the first few, and how many more."""
    written = [write_number(row["phone_number"]) for row in rows if "phone_number" in row]
    if not written:
        return "a number"
    if len(written) > NAMED:
        return f"{len(written)} numbers ({', '.join(written[:NAMED])} and {len(written) - NAMED} more)"
    return " and ".join([", ".join(written[:-1]), written[-1]] if len(written) > 1 else written)
