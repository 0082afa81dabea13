"""Any bytes for a body: Twilio's own library is the judge of who is let in, and what is read is what was signed."""

import io
from typing import Any
from urllib.parse import parse_qsl, quote_from_bytes, urlencode

from hypothesis import example, given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from routing.twilio_request import (
    MalformedWebhook,
    read_handoff_ended,
    read_inbound_call,
    read_status_changed,
    read_stream_changed,
)
from routing.twilio_signature import SigningSecrets
from routing.webhook_guard import FORM, NotFromTwilio, read_signed_parameters
from tests.conftest import AUTH_TOKEN, PUBLIC_URL, call_parameters

SECRETS = SigningSecrets((AUTH_TOKEN,), {})
TARGET = "/twilio/voice"
READERS = (read_inbound_call, read_handoff_ended, read_status_changed, read_stream_changed)
texts = st.text(st.characters())  # lone surrogates, too, which st.text() alone leaves out
names = st.one_of(st.sampled_from(sorted([*call_parameters(), "StreamEvent", "Timestamp", "CallDuration"])), texts)
values = st.one_of(st.sampled_from(sorted({*call_parameters().values(), "1" * 400, "Mon, 1 Jan 0001"})), texts)
forms = st.lists(st.tuples(names, values), max_size=14).map(
    lambda pairs: urlencode(pairs, errors="surrogatepass").encode()
)
bodies = st.one_of(
    st.binary(max_size=300),
    forms,
    st.binary(max_size=60).map(lambda raw: quote_from_bytes(raw, safe="=&;+%").encode()),
    st.just(urlencode(call_parameters()).encode()),
)


def environ(body: bytes, signature: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "RAW_URI": TARGET,
        "CONTENT_TYPE": FORM,
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_TWILIO_SIGNATURE": signature,
        "wsgi.input": io.BytesIO(body),
    }


def parsed(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)


@given(body=bodies)
@example(body=b"To=%ff%fe&To=%C3%28&%00=%00&=&&")
@example(body=b"\xff=\xff;a=b")
@example(body=urlencode({"From": "\ud800", "To": "\udfff"}, errors="surrogatepass").encode())
def test_what_twilio_signed_is_read_as_it_was_signed(body: bytes) -> None:
    """Every pair, in order; and nothing that it says makes a reader fail in another way than by its own refusal."""
    signature = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC_URL + TARGET, MultiDict(parsed(body)))

    read = read_signed_parameters(environ(body, signature), PUBLIC_URL, SECRETS)

    assert read == parsed(body)
    for reader in READERS:
        try:
            reader(read)
        except MalformedWebhook:
            continue


@given(signed=bodies, sent=bodies)
def test_another_body_gets_in_only_if_twilios_library_lets_it(signed: bytes, sent: bytes) -> None:
    """Parameters that shift across the signature, which has no separators, are let in by both or by none."""
    validator = RequestValidator(AUTH_TOKEN)
    signature = validator.compute_signature(PUBLIC_URL + TARGET, MultiDict(parsed(signed)))

    try:
        read_signed_parameters(environ(sent, signature), PUBLIC_URL, SECRETS)
        is_let_in = True
    except NotFromTwilio:
        is_let_in = False

    assert is_let_in == validator.validate(PUBLIC_URL + TARGET, MultiDict(parsed(sent)), signature)
