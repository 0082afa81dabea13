"""Who answers when nothing is known of a call: somebody, and not one of our own numbers."""

from collections.abc import Iterator

from operations.doctor.finding import DATABASE_SECONDS, Examined, Finding, error, ok, warning
from routing.answering import NOT_OURS
from routing.route_queries import read_route


def check_fallback_number(examined: Examined) -> Iterator[Finding]:
    """Yield whether the number of last resort is there, and whether it leads away from here."""
    number = examined.settings.fallback_number
    if not number:
        yield warning(
            "FALLBACK_NUMBER is not set: when nothing is known of a call, its caller hears an apology and nobody.",
            "Set FALLBACK_NUMBER to a telephone (E.164) that somebody answers.",
        )
        return
    found = examined.deadlined.ask(lambda connection: read_route(connection, number), DATABASE_SECONDS)
    if found.routes[number].decision not in NOT_OURS:
        yield error(
            "FALLBACK_NUMBER is one of our own numbers: calls of last resort would come back here, and are refused.",
            "Set FALLBACK_NUMBER to a telephone that does not depend on this router.",
        )
    else:
        yield ok("Somebody is dialled when nothing is known of a call.")
