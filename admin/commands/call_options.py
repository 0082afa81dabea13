"""The options by which `flask calls …` commands narrow down which calls they are about."""

from collections.abc import Callable
from functools import reduce, wraps
from typing import Any

import click

from operations.call_filters import CALL_STATUSES, CallFilters
from routing.call_route import DECISIONS

OPTIONS = (
    click.option("--to", "--number", "number", help="Only calls to this number."),
    click.option("--agent", help="Only calls for this agent (name or id)."),
    click.option("--location", help="Only calls for this location (name or id)."),
    click.option("--decision", type=click.Choice(DECISIONS), help="Only calls about which this was decided."),
    click.option("--status", type=click.Choice(CALL_STATUSES), help="Only calls with this CallStatus."),
    click.option("--caller", help="Only calls from this number."),
    click.option("--via", "forwarded_from", help="Only calls through this forwarded line."),
    click.option("--from", "since", help="Only calls since this day (of UTC) or moment, in ISO 8601."),
    click.option("--until", help="Only calls up to this day (included) or moment (not included)."),
    click.option("--refused/--answered", default=None, help="Only calls that met nobody, or only those that met one."),
)
NAMES = tuple(CallFilters.__dataclass_fields__)


def call_filters(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options; it gets them as one parameter `filters`."""

    @wraps(command)
    def with_filters(**values: Any) -> None:
        filters = CallFilters(**{name: values.pop(name) for name in NAMES})
        command(filters=filters, **values)

    return reduce(lambda decorated, option: option(decorated), reversed(OPTIONS), with_filters)
