"""Read how patient Twilio is to be from the fragment of a webhook's URL, as in ``#rc=2&rp=5xx,ct,rt``.

https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urldefrag

CONNECT_TIMEOUT = "ct"
READ_TIMEOUT = "rt"
STATUS_4XX = "4xx"
STATUS_5XX = "5xx"
POLICIES = (STATUS_4XX, STATUS_5XX, CONNECT_TIMEOUT, READ_TIMEOUT)


@dataclass(frozen=True, slots=True)
class ConnectionOverrides:
    """The timeouts (milliseconds), and how often and after which failures a request is repeated."""

    connect_timeout_ms: int = 5000
    read_timeout_ms: int = 15000
    total_timeout_ms: int = 15000
    retry_count: int = 1
    retry_policies: frozenset[str] = frozenset({CONNECT_TIMEOUT})


def read_connection_overrides(url: str) -> tuple[str, ConnectionOverrides]:
    """Return the URL that is requested and signed (without fragment) and what the fragment asks for.

    Values out of Twilio's range count as their nearest limit, and what cannot be read as not said.
    """
    url_without_fragment, fragment = urldefrag(url)
    wishes = dict(parse_qsl(fragment))
    default = ConnectionOverrides()
    overrides = ConnectionOverrides(
        connect_timeout_ms=_limited(wishes.get("ct"), 100, 10000, default.connect_timeout_ms),
        read_timeout_ms=_limited(wishes.get("rt"), 100, 15000, default.read_timeout_ms),
        total_timeout_ms=_limited(wishes.get("tt"), 100, 15000, default.total_timeout_ms),
        retry_count=_limited(wishes.get("rc"), 0, 5, default.retry_count),
        retry_policies=_policies(wishes.get("rp"), default.retry_policies),
    )
    return url_without_fragment, overrides


def _limited(text: str | None, lowest: int, highest: int, default: int) -> int:
    if text is None or not text.isdecimal():
        return default
    return min(max(int(text), lowest), highest)


def _policies(text: str | None, default: frozenset[str]) -> frozenset[str]:
    if text is None:
        return default
    names = {name.strip().lower() for name in text.split(",")}
    return frozenset(POLICIES) if "all" in names else frozenset(names & set(POLICIES))
