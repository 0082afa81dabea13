"""Whatever a stranger sends to Twilio's endpoints, the answer is 403 without a word: no error, no redirect."""

import hashlib
import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.webhook_guard import LARGEST_BODY_BYTES, MOST_PARAMETERS, NotFromTwilio, read_signed_parameters
from simulator.signature import sign
from tests.conftest import AUTH_TOKEN, PUBLIC_URL, call_parameters
from tests.routing.door import ENDPOINTS, SECRETS, Door

TARGET = "/twilio/voice"
FORM = "application/x-www-form-urlencoded"


class ChunkError(Exception):
    """What a server raises of its own, such as gunicorn's InvalidChunkSize."""


class BrokenInput(io.BytesIO):
    """A body that cannot be read to its end."""

    def __init__(self, error: type[Exception]) -> None:
        super().__init__()
        self.error = error

    def read(self, *_: Any) -> bytes:
        raise self.error("wsgi.input")


def signed(parameters: Any = (), url: str = PUBLIC_URL + TARGET) -> dict[str, str]:
    return {"X-Twilio-Signature": sign(url, parameters, AUTH_TOKEN)}


def is_refused_without_a_word(door: Door, **request: Any) -> bool:
    response = door.send(**{"target": TARGET, "headers": signed(call_parameters())} | request)
    return (response.status_code, response.data, door.noted()) == (403, b"", [])


def test_body_too_large_is_refused(door: Door) -> None:
    """A body that no webhook has is not read, even with a good signature."""
    parameters = call_parameters(Extra="x" * LARGEST_BODY_BYTES)

    assert is_refused_without_a_word(door, data=parameters, headers=signed(parameters))


def test_body_without_a_length_is_read_up_to_the_limit(door: Door) -> None:
    """A chunked body is accepted when it is short, and refused when it does not end."""
    body = urlencode(call_parameters()).encode()
    chunked = {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    endless = {"input_stream": io.BytesIO(body + b"x" * LARGEST_BODY_BYTES), "content_type": FORM}

    assert is_refused_without_a_word(door, **endless, environ_overrides=chunked)
    short = {"input_stream": io.BytesIO(body), "content_type": FORM, "headers": signed(call_parameters())}
    assert door.send(**short, environ_overrides=chunked).status_code == 200


def test_too_many_parameters_are_refused(door: Door) -> None:
    """A form of nothing but separators does not keep us busy."""
    parameters = [(f"name{i}", "") for i in range(MOST_PARAMETERS + 1)]

    assert is_refused_without_a_word(door, data=dict(parameters), headers=signed(parameters))


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "１２", "9" * 8, "9" * 5_000, " 12", "1.0", "0x10", "+5", "7"])
def test_lying_content_length_is_refused(door: Door, length: str) -> None:
    """A length that is no number, or not the body's, is refused and does not raise."""
    environ = {"CONTENT_LENGTH": length}

    assert is_refused_without_a_word(door, data=call_parameters(), environ_overrides=environ)


def test_longer_content_length_reads_what_is_there(door: Door) -> None:
    """A body cut short is not the signed one; a whole one under too long a length still is."""
    body = urlencode(call_parameters()).encode()
    request = {"content_type": FORM, "environ_overrides": {"CONTENT_LENGTH": str(len(body) + 9)}}

    assert is_refused_without_a_word(door, input_stream=io.BytesIO(body[:-20]), **request)
    whole = door.send(input_stream=io.BytesIO(body), headers=signed(call_parameters()), **request)
    assert whole.status_code == 200


@pytest.mark.parametrize("error", [ConnectionResetError, OSError, ValueError, TypeError, ChunkError])
@pytest.mark.parametrize("length", ["9", ""])
def test_body_that_cannot_be_read_is_refused(door: Door, error: type[Exception], length: str) -> None:
    """It is nobody's webhook, and no failure of ours: neither to excuse with TwiML, nor for anybody to look at."""
    body = {"wsgi.input": BrokenInput(error), "CONTENT_LENGTH": length, "wsgi.input_terminated": True}

    assert is_refused_without_a_word(door, content_type=FORM, environ_overrides=body)
    environ = {"HTTP_X_TWILIO_SIGNATURE": "x", "RAW_URI": TARGET, "REQUEST_METHOD": "POST"} | body
    with pytest.raises(NotFromTwilio, match=error.__name__):
        read_signed_parameters(environ, PUBLIC_URL, SECRETS)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_refusal_is_said_without_the_query(method: str) -> None:
    """It goes to the log, and a query may hold phone numbers."""
    environ = {
        "HTTP_X_TWILIO_SIGNATURE": "wrong",
        "RAW_URI": f"{TARGET}?From=%2B14155550199",
        "REQUEST_METHOD": method,
        "wsgi.input": io.BytesIO(),
    }

    with pytest.raises(NotFromTwilio) as refusal:
        read_signed_parameters(environ, PUBLIC_URL, SECRETS)
    assert str(refusal.value) == f"wrong signature over {PUBLIC_URL}{TARGET}"


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", "application/json", "text/plain", ""])
def test_what_is_not_a_form_is_refused(door: Door, content_type: str) -> None:
    """Parameters in another content type are not read, so that nothing unsigned is believed."""
    body = urlencode(call_parameters()).encode()

    assert is_refused_without_a_word(door, data=body, content_type=content_type)
    assert is_refused_without_a_word(door, data=body, content_type=content_type, headers=signed())


@pytest.mark.parametrize("content_type", [FORM, FORM.upper(), f"{FORM}; charset=UTF-8", f" {FORM} ;x"])
def test_form_is_known_by_its_type(door: Door, content_type: str) -> None:
    """The content type of a form may carry a charset, and capitals."""
    body, headers = urlencode(call_parameters()), signed(call_parameters())

    assert door.send(data=body, content_type=content_type, headers=headers).status_code == 200


@pytest.mark.parametrize(("sent", "status"), [(b'{"a": 1}', 200), (b'{"a": 2}', 403), (b"", 200)])
def test_other_body_must_have_the_signed_hash(door: Door, sent: bytes, status: int) -> None:
    """JSON that Twilio signed by its hash is Twilio's, though no call: it is refused in TwiML; changed JSON by 403."""
    target = f"{TARGET}?bodySHA256={hashlib.sha256(json.dumps({'a': 1}).encode()).hexdigest()}"
    headers = signed(url=PUBLIC_URL + target)

    response = door.send(target, data=sent, content_type="application/json", headers=headers)
    assert response.status_code == status
    assert ("<Reject" in response.text) is (status == 200)


@pytest.mark.parametrize("path", ["/", "//voice", "/voice/", "/voice//status", "/../voice", "/voice;x"])
def test_no_path_is_redirected(door: Door, path: str) -> None:
    """Twilio would follow a redirect and drop the call's parameters on the way."""
    assert door.send(f"/twilio{path}", data=call_parameters()).status_code in (403, 404)


@pytest.mark.parametrize("path", ["//twilio/voice", "///twilio/voice"])
def test_slashes_before_the_path_are_passed_over(door: Door, path: str) -> None:
    """A webhook's URL that ends with a slash before the path is signed with both, and is a call all the same."""
    parameters = call_parameters()
    environ = {"PATH_INFO": path, "RAW_URI": path, "REQUEST_URI": path}

    unsigned = door.send(data=parameters, environ_overrides=environ, headers=signed(parameters))
    answered = door.send(data=parameters, environ_overrides=environ, headers=signed(parameters, PUBLIC_URL + path))

    assert [answer.status_code for answer in (unsigned, answered)] == [403, 200]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "NONSENSE"])
def test_other_methods_do_nothing(door: Door, method: str) -> None:
    """Only POST, and a GET that is signed, is a webhook."""
    response = door.client.open(TARGET, method=method)

    assert response.status_code in (403, 405)
    assert door.noted() == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    path=st.sampled_from(ENDPOINTS),
    query=st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), max_size=20),
    body=st.one_of(st.binary(max_size=200), st.just(urlencode(call_parameters()).encode())),
    signature=st.text(st.characters(codec="latin-1", exclude_categories=["C"]), min_size=1, max_size=40),
    shared=st.sampled_from(["", "key=a,algorithm=HMAC_SHA256", "key", "="]),
    content_type=st.sampled_from([FORM, "", "application/json", f"{FORM};charset=\xff", "multipart/form-data"]),
)
def test_nothing_unsigned_gets_more_than_403(
    make_door: Callable[..., Door], path: str, query: str, body: bytes, signature: str, shared: str, content_type: str
) -> None:
    """Any body, any query, any headers: 403 and an empty body, never an error."""
    door = make_door()
    headers = {"X-Twilio-Signature": signature, "X-Twilio-Webhooks-Signature-Settings": shared}
    target = f"{TARGET}{path}?{query}"

    request = {"data": body, "headers": headers, "content_type": content_type}
    assert is_refused_without_a_word(door, target=target, **request)
