"""The form fields that Twilio sends about a call in every request.

https://www.twilio.com/docs/voice/twiml#request-parameters; Twilio adds others without notice.
"""

import base64
import hmac
import json
import re
from collections.abc import Mapping
from urllib.parse import quote

from simulator.story import SimulatedCall

API_VERSION = "2010-04-01"
NORTH_AMERICAN_NUMBER = re.compile(r"\+1[2-9]\d{9}")
# The only area that this project's fictional numbers are in.
PLACES = {"+1415": {"City": "SAN FRANCISCO", "State": "CA", "Zip": "94105", "Country": "US"}}


def call_parameters(call: SimulatedCall, call_status: str) -> dict[str, str]:
    """Return the fields that every request about the call carries, with its status now."""
    return {
        "AccountSid": call.account_sid,
        "ApiVersion": API_VERSION,
        "CallSid": call.call_sid,
        "CallStatus": call_status,
        "Direction": "inbound",
        "From": call.from_number,
        "Caller": call.from_number,
        "To": call.to_number,
        "Called": call.to_number,
        **_origin(call),
        **dict(call.extra_parameters),
    }


def inbound_call_parameters(call: SimulatedCall, call_status: str) -> dict[str, str]:
    """Return the fields with which Twilio asks for TwiML: those of every request and what the carrier told."""
    return {**_carrier(call), **call_parameters(call, call_status)}


def _origin(call: SimulatedCall) -> dict[str, str]:
    if call.from_number.startswith("client:"):
        return {"ApplicationSid": "AP" + call.account_sid[2:]}
    if call.from_number.startswith("sip:"):
        return {
            "SipDomain": call.to_number.partition("@")[2],
            "SipCallId": f"{call.call_sid[2:18]}@192.0.2.10",
            "SipSourceIp": "192.0.2.10",
        }
    return {
        **_place(("From", "Caller"), call.from_number),
        **_place(("To", "Called"), call.to_number),
        **_forwarding(call),
    }


def _place(prefixes: tuple[str, str], number: str) -> dict[str, str]:
    """Return where a number is. Twilio sends each key even when it knows nothing, and signs the empty value."""
    country = "US" if NORTH_AMERICAN_NUMBER.fullmatch(number) else ""
    unknown = {"City": "", "State": "", "Zip": "", "Country": country}
    place: Mapping[str, str] = PLACES.get(number[:5], unknown)
    return {prefix + name: value for prefix in prefixes for name, value in place.items()}


def _forwarding(call: SimulatedCall) -> dict[str, str]:
    if call.forwarded_from is None:
        return {}
    return {"ForwardedFrom": call.forwarded_from, "CalledVia": call.forwarded_from}


def _carrier(call: SimulatedCall) -> dict[str, str]:
    if call.from_number.startswith(("client:", "sip:")):
        return {}
    carrier = {"CallToken": _call_token(call)}
    if NORTH_AMERICAN_NUMBER.fullmatch(call.from_number):
        carrier["StirVerstat"] = "TN-Validation-Passed-A" + ("-Diverted" if call.forwarded_from else "")
    return carrier


def _call_token(call: SimulatedCall) -> str:
    """Return the call's token as it arrives: JSON that is percent-encoded once more inside the form field."""
    header = _encoded(_json({"alg": "ES256"}))
    body = _encoded(_json({"callSid": call.call_sid, "from": call.from_number, "to": call.to_number}))
    seal = _encoded(hmac.digest(call.auth_token.encode(), body.encode(), "sha512"))
    return quote(_json({"parentCallInfoToken": f"{header}.{body}.{seal}", "identityHeaderTokens": []}), safe="")


def _json(content: Mapping[str, str | list[str]]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
