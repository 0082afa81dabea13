"""Settings that are each right and together unwise. Wrong ones stop every command at its start."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from config.settings import Settings
from operations.doctor.finding import Examined, Finding, error, ok, warning

LOCAL_NAMES = ("localhost", ".localhost", ".local", ".internal", ".lan", ".home.arpa")


def check_settings(examined: Examined) -> Iterator[Finding]:
    """Yield what Twilio, or a stranger, would make of the settings."""
    settings = examined.settings
    if settings.uses_simulator:
        yield ok("No TWILIO_ACCOUNT_SID is set: calls and numbers are those of the simulated Twilio.")
        return
    found = [*_public_url(settings), *_secret_key(settings)]
    yield from found or [ok(f"They fit together. Twilio is told {settings.public_base}.")]


def _public_url(settings: Settings) -> Iterator[Finding]:
    parts = urlsplit(settings.public_base)
    if parts.scheme != "https":
        yield error(
            f"PUBLIC_URL is {settings.public_base}: who calls whom goes over the internet in the clear.",
            f"Set PUBLIC_URL to https://{parts.netloc}{parts.path}, behind a proxy that ends TLS (docs/production.md).",
        )
    if _is_local(parts.hostname or ""):
        yield error(
            f"PUBLIC_URL names {parts.hostname}, which only this machine or network can reach, and Twilio cannot.",
            "Set PUBLIC_URL to the name under which the internet reaches the proxy before this router.",
        )


def _secret_key(settings: Settings) -> Iterator[Finding]:
    if len(settings.secret_key) < 32:
        yield warning(
            f"SECRET_KEY is {'too short' if settings.secret_key else 'not set'}: what pages hand out can be forged.",
            "Set SECRET_KEY to 64 random hexadecimal digits (openssl rand -hex 32), the same on every host.",
        )


def _is_local(host: str) -> bool:
    """Tell whether a host is named or numbered as only a private network would."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(LOCAL_NAMES)
