"""An agent is tried as Twilio would reach it, and nobody makes this server ask what it should not."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from operations import try_handoff as module
from operations.changes import Who
from operations.errors import Forbidden, Invalid, TooMany
from operations.try_handoff import Finding, HandoffTests, LocalAgent, why_not_twiml
from simulator.account import load_or_create_account
from simulator.example_agent import ExampleAgent
from tests.operations.stranger import Stranger, answer

ADMIN = Who(1, "admin@example.com", "admin")
TWIML = b"<Response><Say>Hello</Say></Response>"
Try = Callable[[str, str], Finding]


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[ExampleAgent]:
    """The simulator's agent, which answers only what is signed."""
    load_or_create_account(tmp_path)
    with ExampleAgent(tmp_path, http_port=0, log=lambda _: None) as running:
        yield running


@pytest.fixture
def handoff_tests(agent: ExampleAgent, tmp_path: Path) -> Callable[..., HandoffTests]:
    """Make tests of hand-offs that may try the agent, and other ports of this machine."""

    def make(*ports: int, auth_token: str | None = None, authority: Path | None = None) -> HandoffTests:
        allowed = {port_of(agent.stream_url), port_of(agent.twiml_url or ""), *ports}
        local = LocalAgent(frozenset(allowed), authority or agent.certificate_authority)
        return HandoffTests(auth_token or load_or_create_account(tmp_path).auth_token, local)

    return make


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2].partition("/")[0])


def fetch(says: bytes | Callable[[socket.socket], None], path: str = "/twiml") -> Finding:
    """Try a redirect to a stranger on this machine."""
    with Stranger(says) as stranger:
        tests = HandoffTests("token", LocalAgent(frozenset({stranger.port}), Path("missing")))
        return tests.run(ADMIN, "redirect", f"http://127.0.0.1:{stranger.port}{path}")


def test_websocket_that_opens_is_said_to(handoff_tests: Callable[..., HandoffTests], agent: ExampleAgent) -> None:
    """For both kinds that use one; the handshake is signed, or the agent would not open."""
    tests = handoff_tests()

    streamed = tests.run(ADMIN, "stream", agent.stream_url)
    relayed = tests.run(ADMIN, "conversation_relay", agent.relay_url)

    assert streamed.works is relayed.works is True
    assert "The WebSocket opens" in streamed.sentence


def test_websocket_that_refuses_is_said_to(handoff_tests: Callable[..., HandoffTests], agent: ExampleAgent) -> None:
    """With the status, and what it means."""
    elsewhere = handoff_tests().run(ADMIN, "stream", agent.stream_url + "/elsewhere")
    unsigned = handoff_tests(auth_token="another").run(ADMIN, "stream", agent.stream_url)

    assert elsewhere == Finding(False, "It answers with status 404, and opens no WebSocket.")
    assert "status 403 (it refuses a request that Twilio has signed)" in unsigned.sentence


def test_certificate_that_nobody_vouches_for_is_not_accepted(
    handoff_tests: Callable[..., HandoffTests], agent: ExampleAgent, tmp_path: Path
) -> None:
    """Twilio would not accept it either."""
    found = handoff_tests(authority=tmp_path / "missing.pem").run(ADMIN, "stream", agent.stream_url)

    assert found.works is False
    assert "certificate is not accepted" in found.sentence


def test_what_speaks_no_tls_is_said_to() -> None:
    """A web server without it, for one."""
    with Stranger(answer(TWIML)) as stranger:
        tests = HandoffTests("token", LocalAgent(frozenset({stranger.port}), Path("missing")))
        found = tests.run(ADMIN, "stream", f"wss://localhost:{stranger.port}/")

    assert found == Finding(False, "It does not speak TLS as it should.")


def test_twiml_that_is_answered_is_said_to(handoff_tests: Callable[..., HandoffTests], agent: ExampleAgent) -> None:
    """It is posted to, as Twilio does."""
    found = handoff_tests().run(ADMIN, "redirect", agent.twiml_url or "")

    assert found.works is True
    assert "answers with TwiML" in found.sentence


def test_request_is_a_calls_and_signed() -> None:
    """So that the agent that answers only Twilio answers; characters beyond ASCII are written as URLs have them."""
    with Stranger(answer(TWIML)) as stranger:
        tests = HandoffTests("token", LocalAgent(frozenset({stranger.port}), Path("missing")))
        tests.run(ADMIN, "redirect", f"http://localhost:{stranger.port}/caf\xe9?a=%20b")

    [asked] = stranger.asked
    assert asked.startswith(b"POST /caf%C3%A9?a=%20b HTTP/1.1\r\n")
    assert b"X-Twilio-Signature: " in asked
    assert f"Host: localhost:{stranger.port}".encode() in asked


@pytest.mark.parametrize(
    ("says", "sentence"),
    [
        (answer(b"no", "404 Not Found"), "It answers with status 404, not with TwiML."),
        (answer(b"<html></html>"), "it begins with <html>, not with <Response>"),
        (answer(b"{}"), "it is not well-formed XML"),
        (answer(b""), "it is not well-formed XML"),
        (answer(TWIML, headers="Content-Type: application/json"), "it calls it application/json and not text/xml"),
        (answer(TWIML.replace(b"Hello", b"x" * 65536)), "larger than the 64 KB that Twilio takes"),
        (answer(b"x" * 1_000_000), "more than the 64 KB that Twilio takes"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000, "not as a web server does"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not as a web server does"),
        (b"", "not as a web server does"),
    ],
)
def test_answer_that_twilio_could_not_follow_is_said(says: bytes, sentence: str) -> None:
    """In words; nothing of the answer is shown but the name of an element."""
    found = fetch(says)

    assert found.works is False
    assert sentence in found.sentence


@pytest.mark.parametrize(
    ("document", "is_said"),
    [
        (b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><Response>&b;</Response>', True),
        (b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><Response/>', True),
        (b'<?xml version="1.0" encoding="utf-7"?><Response/>', True),
        (b'<?xml version="1.0" encoding="strange"?><Response/>', True),
        (b'<?xml version="1.0" encoding="UTF-8"?>\n<Response><Say>\xc3\xa9</Say></Response>', False),
    ],
)
def test_document_is_read_with_care(document: bytes, is_said: bool) -> None:
    """No entity is expanded, no file opened."""
    assert bool(why_not_twiml("text/xml", document)) is is_said


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"])
def test_redirect_is_not_followed(status: str) -> None:
    """Its target was not checked: it may be the cloud's metadata."""
    with Stranger(answer(TWIML)) as within:
        found = fetch(answer(b"", status, f"Location: http://127.0.0.1:{within.port}/"))

    assert "a redirect, which is not followed here" in found.sentence
    assert within.asked == []


@pytest.mark.parametrize("local", [None, LocalAgent(frozenset({8765, 8766}), Path("missing"))])
@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("redirect", "http://127.0.0.1:{port}/"),
        ("redirect", "http://localhost:{port}/"),
        ("redirect", "https://localhost:{port}/"),
        ("redirect", "https://127.1:{port}/"),
        ("redirect", "https://[::ffff:127.0.0.1]:{port}/"),
        ("redirect", "https://169.254.169.254/latest/meta-data/"),
        ("stream", "wss://localhost:{port}/"),
        ("stream", "wss://2130706433:{port}/"),
        ("conversation_relay", "wss://[::1]:{port}/"),
        ("sip", "sip:agent@127.0.0.1:{port}"),
        ("sip", "sip:agent@[::1]:{port};transport=tls"),
    ],
)
def test_this_machine_and_its_network_are_not_tried(kind: str, target: str, local: LocalAgent | None) -> None:
    """Neither in production nor, but for the example agent's ports, with the simulator."""
    with Stranger(answer(TWIML)) as within:
        found = HandoffTests("token", local).run(ADMIN, kind, target.format(port=within.port))

    assert found.works is False
    assert "no address on the open internet" in found.sentence
    assert within.asked == []


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("redirect", "http://agent.example.com/"),
        ("redirect", "http://127.0.0.1@agent.example.com/"),
        ("redirect", "https://agent.example.com@127.0.0.1/"),
        ("redirect", "https://agent.example.com\\@127.0.0.1/"),
        ("redirect", "https://agent.example.com/\r\nX-Injected: 1"),
        ("redirect", "file:///etc/passwd"),
        ("redirect", "gopher://127.0.0.1:6379/_FLUSHALL"),
        ("stream", "ws://agent.example.com/"),
        ("stream", "https://agent.example.com/"),
        ("strange", "https://agent.example.com/"),
    ],
)
def test_what_could_not_be_saved_is_not_tried(kind: str, target: str) -> None:
    """The same rules as for an agent's hand-off."""
    with pytest.raises(Invalid):
        HandoffTests("token").run(ADMIN, kind, target)


def test_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would look the name up once more, and connect on our behalf to what we must not."""
    with Stranger(answer(TWIML)) as proxy, Stranger(answer(TWIML)) as stranger:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        tests = HandoffTests("token", LocalAgent(frozenset({stranger.port}), Path("missing")))
        found = tests.run(ADMIN, "redirect", f"http://127.0.0.1:{stranger.port}/")

    assert found.works is True
    assert proxy.asked == []


@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\n", answer(b"x" * 1000)[:-999]])
def test_slow_answer_is_given_up(monkeypatch: pytest.MonkeyPatch, beginning: bytes) -> None:
    """However steadily it drips: the deadline is for all of it, and the thread is free again."""
    monkeypatch.setattr(module, "ANSWER_WITHIN_SECONDS", 0.3)

    def drip(connection: socket.socket) -> None:
        connection.sendall(beginning)
        for _ in range(100):
            time.sleep(0.05)
            connection.sendall(b"x")

    began = time.monotonic()
    found = fetch(drip)

    assert found == Finding(False, "It did not answer within 5 seconds.")
    assert time.monotonic() - began < 2


def test_look_up_that_hangs_holds_one_thread_and_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks leaves in time; whoever asks meanwhile is told so, and the next one is served again."""
    may_go_on = threading.Event()

    def hang(*_: Any, **__: Any) -> list[Any]:
        may_go_on.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    monkeypatch.setattr(module, "TEST_WITHIN_SECONDS", 0.2)
    tests, before = HandoffTests("token"), set(threading.enumerate())

    slow = tests.run(ADMIN, "redirect", "https://agent.example.com/")
    with pytest.raises(TooMany):
        tests.run(ADMIN, "redirect", "https://agent.example.com/")
    threads = set(threading.enumerate()) - before
    may_go_on.set()
    give_up_at = time.monotonic() + 5
    while tests._is_busy.locked() and time.monotonic() < give_up_at:
        time.sleep(0.01)

    assert "slow to look up" in slow.sentence
    assert len(threads) == 1
    assert tests.run(ADMIN, "phone", "+14155550182").works is None
    tests.close()


def test_host_of_a_sip_uri_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """More cannot be known without a call."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("8.8.8.8", 5061))])

    found = HandoffTests("token").run(ADMIN, "sip", "sip:reception@sip.example.com:5061;transport=tls")

    assert found.works is None
    assert "The host sip.example.com is found." in found.sentence


@pytest.mark.parametrize(("kind", "target"), [("phone", "+14155550182"), ("client", "front-desk")])
def test_what_only_a_call_can_tell_is_said(kind: str, target: str) -> None:
    """And that a call is the next step."""
    found = HandoffTests("token").run(ADMIN, kind, target)

    assert found.works is None
    assert "call a number of this agent" in found.sentence


def test_member_tests_nothing() -> None:
    """It is for those who may set a hand-off."""
    with pytest.raises(Forbidden):
        HandoffTests("token").run(Who(1, "member@example.com", "member"), "phone", "+14155550182")
