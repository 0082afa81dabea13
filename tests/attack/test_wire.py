"""What the HTTP layer is attacked with, against a real gunicorn: each has its answer, and the next call gets in."""

import re
from pathlib import Path

import pytest

from simulator.signature import sign
from tests.attack.conftest import AGENT
from tests.attack.wire import BODY, SIGNATURE, chunk, chunked, request, send
from tests.conftest import AUTH_TOKEN, PUBLIC_URL, call_parameters
from tests.faults.service import Service

SMUGGLED = request(method="GET", target="/metrics", body=b"")
ENDLESS = (chunk(b"x" * 65_536) for _ in range(1_000_000))
FOR_EVIL = sign("https://evil.example/twilio/voice", call_parameters(), AUTH_TOKEN)
# Ten megabytes, and bytes that are no UTF-8, as Twilio's library reads both.
LONG = b"A=" + b"x" * 10_000_000
FOR_LONG = sign(f"{PUBLIC_URL}/twilio/voice", {"A": "x" * 10_000_000}, AUTH_TOKEN)
NO_UTF_8 = BODY + b"&A=\xff\xfe\xc3\x28&B=%FF&C=%ED%A0%80"
FOR_NO_UTF_8 = sign(
    f"{PUBLIC_URL}/twilio/voice",
    call_parameters(A="\ufffd\ufffd\ufffd(", B="\ufffd", C="\ufffd\ufffd\ufffd"),
    AUTH_TOKEN,
)
ANSWERED, NO_HTTP, NOT_TWILIO = [200], [400], [403]

# What is sent → the statuses that come back; [] is a closed connection.
ROWS: dict[str, tuple[bytes, list[int]]] = {
    "a usual call": (request(), ANSWERED),
    "in chunks": (chunked(chunk(BODY) + b"0\r\n\r\n"), ANSWERED),
    "waits to be told to go on": (request(Expect="100-continue"), ANSWERED),
    # Lengths
    "10 MB": (request(LONG), NOT_TWILIO),
    "10 MB that are signed": (request(LONG, X_Twilio_Signature=FOR_LONG), NOT_TWILIO),
    "10 MB, and only its beginning": (request(Content_Length="10000000"), NOT_TWILIO),
    "a length of 40 digits": (request(Content_Length="9" * 40), NOT_TWILIO),
    "a length that is too long": (request(BODY[:-30], Content_Length=str(len(BODY))), NOT_TWILIO),
    "a length that is too short": (request(BODY[:40] + b"\r\n\r\n" + SMUGGLED, Content_Length="40"), [403, 400]),
    "no length": (request(Content_Length=None), NOT_TWILIO),
    "a negative length": (request(Content_Length="-1"), NO_HTTP),
    "a length with a sign": (request(Content_Length="+5"), NO_HTTP),
    "a length with an underscore": (request(Content_Length="1_0"), NO_HTTP),
    "two lengths in one": (request(Content_Length="3, 3"), NO_HTTP),
    "two lengths": (request(content_length="3"), NO_HTTP),
    # Smuggling
    "a length and chunks": (request(Transfer_Encoding="chunked"), NO_HTTP),
    "a length and chunks, the chunks good": (request(chunk(BODY) + b"0\r\n\r\n", Transfer_Encoding="chunked"), NO_HTTP),
    "chunks that end before a second request": (
        chunked(chunk(BODY) + b"0\r\n\r\n" + SMUGGLED, Connection="close"),
        ANSWERED,
    ),
    "an unknown coding": (request(Transfer_Encoding="xchunked", Content_Length=None), NO_HTTP),
    "a coding after chunks": (request(Transfer_Encoding="chunked, identity", Content_Length=None), NO_HTTP),
    "a chunk that is no number": (chunked(b"zz\r\nabc\r\n"), NOT_TWILIO),
    "a negative chunk": (chunked(b"-1\r\nabc\r\n"), NOT_TWILIO),
    "a chunk that never comes": (chunked(b"ffff\r\nabc"), NOT_TWILIO),
    "a signature behind the body": (
        chunked(chunk(BODY) + f"0\r\nX-Twilio-Signature: {SIGNATURE}\r\n\r\n".encode(), X_Twilio_Signature=None),
        NOT_TWILIO,
    ),
    # Methods, targets, versions
    "GET": (request(method="GET", body=b""), NOT_TWILIO),
    "PUT": (request(method="PUT"), [405]),
    "TRACE": (request(method="TRACE", body=b""), [405]),
    "HEAD": (request(method="HEAD", body=b""), [405]),
    "CONNECT": (request(method="CONNECT", target="evil.example:443", body=b""), [404]),
    "a method in small letters": (request(method="post"), NO_HTTP),
    "a whole URL as target": (request(target="http://evil.example/twilio/voice"), NOT_TWILIO),
    "a line break in the target": (request(target="/twilio/voice?a=%0d%0aSet-Cookie:b"), NOT_TWILIO),
    "a way out of the path": (request(target="/twilio/../metrics"), [404]),
    "a target of 10,000 characters": (request(target="/twilio/voice?" + "x" * 10_000), NO_HTTP),
    "a target that is not ASCII": (request(target="/twilio/voicé"), NO_HTTP),
    "HTTP/0.9": (b"GET /twilio/voice\r\n\r\n", NO_HTTP),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", NO_HTTP),
    "HTTP/9.9": (request(version="HTTP/9.9"), NO_HTTP),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100), []),
    "every byte there is": (bytes(range(256)) * 4, NO_HTTP),
    "line feeds alone": (request().replace(b"\r\n", b"\n"), NO_HTTP),
    "a proxy's line": (b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + request(), NO_HTTP),
    "nothing": (b"", []),
    # Headers
    "an evil Host": (
        request(Host="evil.example", X_Forwarded_Host="evil.example", Forwarded="host=evil.example"),
        [200],
    ),
    "an evil Host that is signed for": (request(Host="evil.example", X_Twilio_Signature=FOR_EVIL), NOT_TWILIO),
    "forwarded headers that are signed for": (
        request(X_Forwarded_Host="evil.example", X_Forwarded_Proto="https", X_Twilio_Signature=FOR_EVIL),
        NOT_TWILIO,
    ),
    "a prefix of a proxy's": (request(X_Forwarded_Prefix="/evil", X_Script_Name="/evil", SCRIPT_NAME="/evil"), [200]),
    "two Hosts": (request(host="evil.example"), NO_HTTP),
    "no Host": (request(Host=None), ANSWERED),
    "another method in a header": (request(X_HTTP_Method_Override="DELETE"), ANSWERED),
    "two signatures": (request(x_twilio_signature="x"), NOT_TWILIO),
    "a signature that is not ASCII": (request(X_Twilio_Signature="é" * 28), NOT_TWILIO),
    "a signature of 8,000 characters": (request(X_Twilio_Signature="A" * 8_000), NOT_TWILIO),
    # gunicorn takes header fields of up to 8,190 bytes.
    "a signature of 10,000 characters": (request(X_Twilio_Signature="A" * 10_000), NO_HTTP),
    "a signature under an underscore": (
        request(X_Twilio_Signature=None).replace(
            b"\r\n\r\n", f"\r\nX_Twilio_Signature: {SIGNATURE}\r\n\r\n".encode(), 1
        ),
        NOT_TWILIO,
    ),
    "a space before the colon": (request().replace(b"Signature:", b"Signature :"), NO_HTTP),
    "NUL in a header": (request(X_A="a\0b"), NO_HTTP),
    "a folded header": (request(X_A="a\r\n b"), NO_HTTP),
    "an upgrade to HTTP/2": (request(Upgrade="h2c", HTTP2_Settings="AAMAAABkAAQAoAAAAAIAAAAA"), ANSWERED),
    "300 headers": (request(**{f"X_{index}": "x" for index in range(300)}), NO_HTTP),
    "a header of 70,000 characters": (request(X_A="x" * 70_000), NO_HTTP),
    "an expectation of its own": (request(Expect="nonsense"), NO_HTTP),
    # Bodies
    "bytes that are no UTF-8": (request(NO_UTF_8), NOT_TWILIO),
    "bytes that are no UTF-8 and are signed": (request(NO_UTF_8, X_Twilio_Signature=FOR_NO_UTF_8), ANSWERED),
    "a form that is said to be JSON": (request(Content_Type="application/json"), NOT_TWILIO),
    "a compressed body": (request(b"\x1f\x8b\x08\x00" + BODY, Content_Encoding="gzip"), NOT_TWILIO),
}


@pytest.mark.parametrize("row", ROWS)
def test_each_gets_its_answer_and_the_next_call_gets_through(service: Service, row: str) -> None:
    """Never a 5xx, never a redirect, never a word of what was sent; and nobody has to wait for it."""
    sent, statuses = ROWS[row]

    heard = send(service.port, sent)

    assert heard.statuses == statuses
    assert b"evil" not in heard.raw
    assert b"Traceback" not in heard.raw
    assert f"<Number>{AGENT}</Number>".encode() in send(service.port, request()).raw


def test_endless_body_is_cut_off(service: Service) -> None:
    """It is read up to the megabyte that no webhook has."""
    heard = send(service.port, chunked(b""), more=ENDLESS)

    assert heard.statuses in ([403], [])  # the answer may be lost with the connection, whose other end still sends
    assert f"<Number>{AGENT}</Number>".encode() in send(service.port, request()).raw


def test_log_tells_of_it_in_whole_lines_without_what_was_sent(service: Service) -> None:
    """No error of ours, no traceback, no phone number, no control character that a terminal would obey."""
    for sent, _ in ROWS.values():
        send(service.port, sent)

    log = Path(service.log).read_text()
    assert "webhook refused" in log
    assert not re.search(r"4155550199|415555019|evil|Traceback|\"level\": \"error\"", log)
    assert re.sub(r"[\n -~]", "", log) == ""
