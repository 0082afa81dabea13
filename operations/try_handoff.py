"""Try whether an agent can be reached as Twilio will reach it: without a call, within seconds, and outside only.

The WebSocket is opened and closed, the TwiML fetched; of a SIP URI only the host can be looked up, and a telephone or a
client must be called. What is sent is signed as Twilio signs it, because a good agent answers nobody else; whoever may
set a hand-off can have Twilio itself sign a request to the same place.
"""

import http.client
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from urllib.parse import SplitResult, quote, urlsplit
from xml.parsers import expat

from twilio.request_validator import RequestValidator
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.uri import parse_uri

from models import HANDOFF_KINDS
from operations.bounded_connection import BoundedConnection, TooLarge
from operations.changes import Who
from operations.checking import read_handoff_target
from operations.errors import Invalid, TooMany
from operations.outside_address import LOCAL_HOSTS, NotOutside, connect, find_addresses
from operations.permissions import check_may
from routing.threads import Threads, TooSlow

TEST_WITHIN_SECONDS = 5.0
# A little less, so that what takes too long can still be named.
ANSWER_WITHIN_SECONDS = 4.5
# https://www.twilio.com/docs/api/errors/11750
LARGEST_TWIML_BYTES = 64 * 1024
LARGEST_ANSWER_BYTES = LARGEST_TWIML_BYTES + 16 * 1024
USER_AGENT = "Clara-Voice-Router (test of a hand-off)"
PORTS = {"wss": 443, "https": 443, "http": 80}
SIP_PORT = 5060
# https://www.twilio.com/docs/api/errors/12300
TYPES_OF_TWIML = ("text/xml", "application/xml", "text/html")
KEPT_IN_A_PATH = "/%:@!$&'()*+,;=~?"
# What Twilio posts, of a call that does not exist.
CALL = {
    "CallSid": "CA" + "0" * 32,
    "From": "+14155550199",
    "To": "+14155550199",
    "CallStatus": "ringing",
    "Direction": "inbound",
    "ApiVersion": "2010-04-01",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a test has found, in a sentence. `works` is None where only a call could tell."""

    works: bool | None
    sentence: str


@dataclass(frozen=True, slots=True)
class LocalAgent:
    """The one agent on this machine that may be tried: its ports, and the authority (PEM) of its certificate."""

    ports: frozenset[int]
    authority: Path


class HandoffTests:
    """Tries hand-offs, one at a time in a process: whoever tries many at once would make a scanner of this server."""

    def __init__(self, auth_token: str, local: LocalAgent | None = None) -> None:
        self._validator = RequestValidator(auth_token)
        self._local = local
        self._threads = Threads(1, "handoff-test")
        self._is_busy = Lock()

    def run(self, who: Who, kind: str, target: str) -> Finding:
        """Try a hand-off of a kind, within TEST_WITHIN_SECONDS.

        Raises Invalid for what could not be saved either, TooMany while another test runs, Forbidden.
        """
        check_may(who.role, "agent.tested")
        if kind not in HANDOFF_KINDS:
            raise Invalid(f"A hand-off is one of: {', '.join(HANDOFF_KINDS)}.")
        target = read_handoff_target(kind, target)
        if not self._is_busy.acquire(blocking=False):
            raise TooMany("test_running", "Another test is running. Please try again in a few seconds.")
        try:
            return self._threads.run(partial(self._try_and_be_free, kind, target), TEST_WITHIN_SECONDS)
        except TooSlow:
            return Finding(
                False, "It could not be found out within 5 seconds: the name of its host is slow to look up."
            )

    def close(self) -> None:
        """End the thread, unless it is busy."""
        self._threads.close()

    def _try_and_be_free(self, kind: str, target: str) -> Finding:
        try:
            return self._try(kind, target)
        finally:
            self._is_busy.release()

    def _try(self, kind: str, target: str) -> Finding:
        try:
            if kind in ("stream", "conversation_relay"):
                return self._open_websocket(target)
            if kind == "redirect":
                return self._fetch_twiml(target)
            return _look_up_sip(target) if kind == "sip" else Finding(None, ONLY_A_CALL_TELLS[kind])
        except (NotOutside, OSError, http.client.HTTPException, ValueError) as error:
            return Finding(False, _say_failure(error))

    def _open_websocket(self, target: str) -> Finding:
        protocol = ClientProtocol(parse_uri(target), max_size=LARGEST_ANSWER_BYTES)
        request = protocol.connect()
        request.headers["User-Agent"] = USER_AGENT
        request.headers["X-Twilio-Signature"] = self._sign(target, {})
        began = time.monotonic()
        with self._connect(urlsplit(target)) as connection:
            protocol.send_request(request)
            connection.sendall(b"".join(protocol.data_to_send()))
            while not protocol.events_received() and protocol.handshake_exc is None:
                if received := connection.receive():
                    protocol.receive_data(received)
                else:
                    protocol.receive_eof()
            if protocol.handshake_exc is not None:
                return _say_refused_handshake(protocol.handshake_exc)
            took = time.monotonic() - began
            protocol.send_close(1000)
            connection.sendall(b"".join(protocol.data_to_send()))
        return Finding(True, f"The WebSocket opens, within {took * 1000:.0f} ms.")

    def _fetch_twiml(self, target: str) -> Finding:
        parts = urlsplit(target)
        form = "&".join(f"{name}={quote(value)}" for name, value in CALL.items())
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Connection": "close",
            "User-Agent": USER_AGENT,
            "X-Twilio-Signature": self._sign(target, CALL),
        }
        began = time.monotonic()
        with self._connect(parts) as connection:
            asking = http.client.HTTPConnection(parts.hostname or "", _port_of(parts))
            asking.sock = connection
            asking.request("POST", _path_of(parts), form, headers)
            answer = asking.getresponse()  # follows no redirect: its target would be another address
            if not 200 <= answer.status < 300:
                return Finding(
                    False, f"It answers with status {answer.status}{_say_where(answer.status)}, not with TwiML."
                )
            document = answer.read()
        took = time.monotonic() - began
        if problem := why_not_twiml(answer.headers.get_content_type(), document):
            return Finding(False, f"It answers, but not with TwiML: {problem}.")
        return Finding(True, f"It answers with TwiML, within {took * 1000:.0f} ms.")

    def _connect(self, parts: SplitResult) -> BoundedConnection:
        """Connect to the host of a URL, if it is outside or our own example agent."""
        give_up_at = time.monotonic() + ANSWER_WITHIN_SECONDS
        host, port = parts.hostname or "", _port_of(parts)
        local = self._local if self._local and host in LOCAL_HOSTS and port in self._local.ports else None
        if parts.scheme == "http" and local is None:
            raise NotOutside
        addresses = find_addresses(host, port, local.ports if local else ())
        tls = None if parts.scheme == "http" else ssl.create_default_context()
        if tls is not None and local is not None and local.authority.exists():
            tls.load_verify_locations(local.authority)
        opened = connect(addresses, give_up_at - time.monotonic())
        return BoundedConnection(opened, tls, host, give_up_at, LARGEST_ANSWER_BYTES)

    def _sign(self, target: str, parameters: Mapping[str, str]) -> str:
        """Twilio leaves the port out of what it signs over TLS.

        https://www.twilio.com/docs/usage/webhooks/webhooks-security
        """
        parts = urlsplit(target)
        if parts.scheme != "http" and parts.port is not None:
            target = target.replace(parts.netloc, parts.netloc.rpartition(":")[0], 1)
        return str(self._validator.compute_signature(target, parameters))


ONLY_A_CALL_TELLS = {
    "sip": "Whether it takes calls can only be tried by calling: call a number of this agent.",
    "phone": "A telephone can only be tried by calling it: call a number of this agent.",
    "client": "Twilio tells only during a call whether a client is there: call a number of this agent.",
}
NOT_FOUND_OUTSIDE = (
    "Its host has no address on the open internet (private and local ones are never tried): Twilio cannot reach it."
)


def why_not_twiml(content_type: str, document: bytes) -> str | None:
    """Say why a document is not TwiML, None if it is: well-formed XML with the root <Response>."""
    if content_type not in TYPES_OF_TWIML:
        return f"it calls it {content_type[:40]} and not text/xml"
    if len(document) > LARGEST_TWIML_BYTES:
        return f"it is larger than the {LARGEST_TWIML_BYTES // 1024} KB that Twilio takes"
    roots: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _attributes: roots.append(name) if not roots else None
    parser.StartDoctypeDeclHandler = lambda *_: roots.append("!DOCTYPE")  # and so no entity is ever expanded
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, ValueError, LookupError):  # the last two are of strange encodings
        return "it is not well-formed XML"
    return None if roots[0] == "Response" else f"it begins with <{roots[0][:40]}>, not with <Response>"


def _look_up_sip(target: str) -> Finding:
    parts = urlsplit("//" + target.partition("@")[2].partition(";")[0])
    find_addresses(parts.hostname or "", parts.port or SIP_PORT)
    return Finding(None, f"The host {parts.hostname} is found. {ONLY_A_CALL_TELLS['sip']}")


def _port_of(parts: SplitResult) -> int:
    return parts.port or PORTS[parts.scheme]


def _path_of(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe=KEPT_IN_A_PATH)
    return f"{path}?{quote(parts.query, safe=KEPT_IN_A_PATH)}" if parts.query else path


def _say_where(status: int) -> str:
    if status in (401, 403):
        return " (it refuses a request that Twilio has signed)"
    return " (a redirect, which is not followed here)" if 300 <= status < 400 else ""


def _say_refused_handshake(problem: Exception) -> Finding:
    if isinstance(problem, InvalidStatus):
        status = problem.response.status_code
        return Finding(False, f"It answers with status {status}{_say_where(status)}, and opens no WebSocket.")
    return Finding(False, "It answers, but not as a WebSocket does.")


def _say_failure(error: Exception) -> str:
    match error:
        case NotOutside():
            return NOT_FOUND_OUTSIDE
        case TooLarge():
            return f"It answers with more than the {LARGEST_TWIML_BYTES // 1024} KB that Twilio takes."
        case TimeoutError():
            return "It did not answer within 5 seconds."
        case ssl.SSLCertVerificationError():
            return f"Its certificate is not accepted: {error.verify_message}."
        case ssl.SSLError():
            return "It does not speak TLS as it should."
        case ConnectionRefusedError():
            return "Nobody answers there: the connection is refused."
        case OSError() if not isinstance(error, http.client.HTTPException):
            return "The connection to it fails."
    return "It answers, but not as a web server does, or its address cannot be read."
