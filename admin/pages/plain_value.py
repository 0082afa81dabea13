"""Write a value of an audit row as people read it, its moments on the clock that the page announces."""

import re
from typing import Any

from admin.pages.clock import clock
from admin.pages.guard import pages

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")
NOTHING = "–"


@pages.app_template_filter("plain_value")
def plain_value(value: Any, timezone: str) -> str:
    """Write a thing by its name, a moment (ISO 8601 UTC) on the clock of a timezone (IANA), and nothing as a dash."""
    match value:
        case _ if value in (None, "", [], {}):
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(plain_value(one, timezone) for one in value)
        case dict():
            return str(value.get("name") or value.get("phone_number") or _parts(value, timezone))
        case str() if MOMENT.fullmatch(value):
            return clock(value, timezone)
    return str(value)


def _parts(value: dict[str, Any], timezone: str) -> str:
    """Write what a thing without a name consists of, such as a pause; what it does not have is left out."""
    said = [(key.replace("_", " "), plain_value(part, timezone)) for key, part in value.items()]
    return ", ".join(f"{key} {part}" for key, part in said if part != NOTHING) or NOTHING
