"""Check what people type before anything is stored: names, phone numbers, hand-off targets."""

import re
from urllib.parse import SplitResult, urlsplit

import phonenumbers

from operations.errors import Invalid

LONGEST_NAME = 100
LONGEST_REASON = 500
LONGEST_E164 = len("+") + 15
LONGEST_URL = 2000
# https://www.twilio.com/docs/voice/twiml/sip: the URI is shorter than 255 characters.
SIP_URI = re.compile(r"sips?:[^\s<>\"@?]{1,100}@[^\s<>\"@?]{1,150}", re.ASCII)
# https://www.twilio.com/docs/voice/twiml/client: an identity has at most 121 characters.
CLIENT_IDENTITY = re.compile(r"[A-Za-z0-9_.@+=-]{1,121}", re.ASCII)
LOCAL_HOSTS = ("localhost", "127.0.0.1")


def read_name(text: str, of_what: str) -> str:
    """Return a name without surrounding space; raise Invalid if it is empty, too long or holds control characters."""
    name = text.strip()
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(f"The name of {of_what} has 1 to {LONGEST_NAME} characters.")
    if not name.isprintable():
        raise Invalid(f"The name of {of_what} holds characters that cannot be printed.")
    return name


def read_reason(text: str | None) -> str | None:
    """Return why something is done, None for no reason; raise Invalid for one that the audit trail cannot hold."""
    reason = (text or "").strip()
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise Invalid(f"A reason has at most {LONGEST_REASON} printable characters.")
    return reason or None


def read_phone_number(text: str) -> str:
    """Return a phone number in E.164, from that or from the usual ways to write it with its country code.

    Refused are also an extension, which E.164 would silently lose, and what can be dialled only within its own city.
    """
    try:
        parsed = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or parsed.extension or not _is_possible_anywhere(parsed):
        raise Invalid(f"“{text[:40]}” is not a phone number with its country code, such as +14155550100.")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _is_possible_anywhere(parsed: phonenumbers.PhoneNumber) -> bool:
    is_whole = phonenumbers.is_possible_number_with_reason(parsed) == phonenumbers.ValidationResult.IS_POSSIBLE
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return is_whole and len(e164) <= LONGEST_E164


def read_handoff_target(kind: str, text: str) -> str:
    """Return the target of a hand-off in the form that its kind asks for; raise Invalid with what is wanted."""
    target = text.strip()
    if len(target) > LONGEST_URL or not target.isprintable():
        raise Invalid("The target of a hand-off has at most 2000 printable characters.")
    return TARGET_READERS[kind](target)


def _read_websocket_url(target: str) -> str:
    """Twilio opens wss:// only and drops the query (https://www.twilio.com/docs/voice/twiml/stream#url)."""
    parts = _split_url(target)
    if parts is None or parts.scheme != "wss" or parts.query or parts.fragment:
        raise Invalid("A WebSocket target is a wss:// URL without a query, such as wss://agent.example.com/calls.")
    return target


def _read_sip_uri(target: str) -> str:
    if not SIP_URI.fullmatch(target) or len(target) >= 255:
        raise Invalid("A SIP target looks like sip:agent@example.com;transport=tls and has under 255 characters.")
    return target


def _read_client_identity(target: str) -> str:
    if not CLIENT_IDENTITY.fullmatch(target):
        raise Invalid("A client identity has 1 to 121 letters, digits or any of _ . @ + = -")
    return target


def _read_twiml_url(target: str) -> str:
    """An agent's own TwiML is fetched over https; http is for an agent on this very machine."""
    parts = _split_url(target)
    is_local = parts is not None and parts.scheme == "http" and parts.hostname in LOCAL_HOSTS
    if parts is None or parts.fragment or not (parts.scheme == "https" or is_local):
        raise Invalid("A redirect target is an https:// URL, such as https://agent.example.com/twiml.")
    return target


def _split_url(target: str) -> SplitResult | None:
    try:
        parts = urlsplit(target)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    has_space = any(character.isspace() for character in target)
    return parts if has_host and not parts.username and not has_space else None


TARGET_READERS = {
    "stream": _read_websocket_url,
    "conversation_relay": _read_websocket_url,
    "sip": _read_sip_uri,
    "phone": read_phone_number,
    "client": _read_client_identity,
    "redirect": _read_twiml_url,
}
