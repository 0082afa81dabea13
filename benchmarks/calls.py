"""The calls that the servers are asked to answer: signed as Twilio signs them, before anything is measured."""

from urllib.parse import urlencode, urlsplit

from simulator.call_parameters import inbound_call_parameters
from simulator.signature import sign
from simulator.story import SimulatedCall

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "the-auth-token-of-the-benchmark"
# Sent as Host too, so that a server that builds the signed URL from its request comes to the same URL.
PUBLIC_URL = "http://calls.example.com"
VOICE_PATH = "/twilio/voice"
CALLER = "+14155550199"


def phone_number(index: int) -> str:
    """Return the number with this index.

    Only a hundred numbers are reserved for fiction, which are too few here: these may be somebody's, but they never
    leave the benchmark's own throwaway database, and nobody is called.
    """
    return f"+1415{555_0000 + index:07d}"


def sign_calls(count: int, numbers: int, *, first: int, closes: bool) -> list[bytes]:
    """Return `count` whole HTTP requests, each a call of its own, to each of the numbers in turn.

    `first` is the index of the first call: calls with other indexes have other CallSids. With `closes` every request
    asks for its connection to be closed, as Twilio's do; else connections are kept.
    """
    return [sign_call(index, phone_number(index % numbers), closes=closes) for index in range(first, first + count)]


def call_form(index: int, to_number: str) -> dict[str, str]:
    """Return the form of a call: the 27 fields that Twilio sends of a call from the telephone network."""
    call = SimulatedCall(
        from_number=CALLER,
        to_number=to_number,
        voice_url=PUBLIC_URL + VOICE_PATH,
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        call_sid=f"CA{index:032x}",
    )
    return inbound_call_parameters(call, "ringing")


def signed_headers(form: dict[str, str], body: bytes) -> dict[str, str]:
    """Return the headers that Twilio sends with a call's form."""
    return {
        "Host": urlsplit(PUBLIC_URL).netloc,
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "Content-Length": str(len(body)),
        "X-Twilio-Signature": sign(PUBLIC_URL + VOICE_PATH, form, AUTH_TOKEN),
        "I-Twilio-Idempotency-Token": "1f2d4a6e-0b7c-4a53-9c0e-7f2a5b8f3d11",
        "X-Home-Region": "us1",
        "User-Agent": "TwilioProxy/1.1",
        "Accept": "*/*",
    }


def sign_call(index: int, to_number: str, *, closes: bool) -> bytes:
    """Return the whole HTTP request of one call to this number."""
    form = call_form(index, to_number)
    body = urlencode(form).encode()
    headers = signed_headers(form, body) | ({"Connection": "close"} if closes else {})
    lines = [f"POST {VOICE_PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body
