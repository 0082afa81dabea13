"""Read whom a Dial calls, and refuse what Twilio would refuse to dial."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl
from xml.etree.ElementTree import Element

from simulator.call_in_progress import CallInProgress

E164 = re.compile(r"\+[1-9]\d{6,14}")
# Carriers spell a withheld number on the keypad: ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE.
WITHHELD_NUMBERS = ("+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253")
# https://www.twilio.com/docs/voice/twiml/sip
MAXIMUM_SIP_URI_CHARACTERS = 255
MAXIMUM_SIP_HEADERS_CHARACTERS = 1024
SIP_HEADERS = ("user-to-user", "remote-party-id", "p-preferred-identity", "p-called-party-id")

INVALID_CALLER_ID = 13214
INVALID_PHONE_NUMBER = 13223
TWILIO_SIP_DOMAIN = 13255


class DialRefused(Exception):
    """Twilio will not dial this; carries Twilio's error number where it is known."""

    def __init__(self, text: str, error_code: int | None = None):
        super().__init__(text)
        self.error_code = error_code


@dataclass(frozen=True, slots=True)
class DialledParty:
    """A number in E.164, a ``sip:`` URI or a ``client:`` identity, and the headers or parameters it is given."""

    address: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def read_dialled_parties(live: CallInProgress, verb: Element) -> list[DialledParty]:
    """Return everyone whom the Dial rings at once, or raise DialRefused."""
    parties = [_read_noun(live, verb, noun) for noun in verb if noun.tag in ("Number", "Sip", "Client")]
    plain_number = (verb.text or "").strip()
    if plain_number:
        parties.append(_read_number(live, verb, plain_number))
    if not parties:
        raise DialRefused("<Dial> names nobody to dial", INVALID_PHONE_NUMBER)
    return parties


def _read_noun(live: CallInProgress, verb: Element, noun: Element) -> DialledParty:
    text = (noun.text or "").strip()
    if noun.tag == "Number":
        return _read_number(live, verb, text)
    if noun.tag == "Sip":
        return _read_sip(text)
    return _read_client(noun, text)


def _read_number(live: CallInProgress, verb: Element, number: str) -> DialledParty:
    if not E164.fullmatch(number):
        raise DialRefused(f"{number!r} is not a phone number in E.164", INVALID_PHONE_NUMBER)
    caller_id = verb.get("callerId", live.call.from_number)
    if not _may_show(live, caller_id):
        raise DialRefused(f"callerId {caller_id!r} may not be shown to a phone", INVALID_CALLER_ID)
    return DialledParty(number)


def _may_show(live: CallInProgress, caller_id: str) -> bool:
    """Twilio shows a phone the two numbers of the call, and those that the account owns or has verified."""
    if not E164.fullmatch(caller_id) or caller_id in WITHHELD_NUMBERS:
        return False
    return caller_id in (live.call.from_number, live.call.to_number, *live.call.verified_numbers)


def _read_sip(uri: str) -> DialledParty:
    address, _, query = uri.partition("?")
    if not address.startswith(("sip:", "sips:")) or "@" not in address:
        raise DialRefused(f"{address!r} is not a SIP URI")
    if len(address) >= MAXIMUM_SIP_URI_CHARACTERS:
        raise DialRefused(f"the SIP URI has {len(address)} characters, {MAXIMUM_SIP_URI_CHARACTERS - 1} are allowed")
    if len(query) >= MAXIMUM_SIP_HEADERS_CHARACTERS:
        raise DialRefused(f"the SIP headers have {len(query)} characters, less than 1024 are allowed")
    if address.partition("@")[2].partition(";")[0].endswith("sip.twilio.com"):
        raise DialRefused("Twilio does not dial a SIP domain of its own", TWILIO_SIP_DOMAIN)
    return DialledParty(address, _sip_headers(query))


def _sip_headers(query: str) -> dict[str, str]:
    headers = dict(parse_qsl(query, keep_blank_values=True))
    for name in headers:
        if not name.lower().startswith("x-") and name.lower() not in SIP_HEADERS:
            raise DialRefused(f"the SIP header {name!r} is not passed on")
    return headers


def _read_client(noun: Element, text: str) -> DialledParty:
    identity = text or (noun.findtext("Identity") or "").strip()
    if not identity:
        raise DialRefused("<Client> names no identity")
    parameters = {p.get("name", ""): p.get("value", "") for p in noun.findall("Parameter")}
    return DialledParty(f"client:{identity}", parameters)
