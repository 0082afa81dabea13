"""Half-sent, trickling and oversized requests end at the proxy; calls are answered meanwhile."""

import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from urllib.parse import urlencode

import psutil
import pytest

from tests.conftest import call_parameters
from tests.deploy.conftest import Hosts
from tests.deploy.figures import report
from tests.deploy.proxies import Proxy
from tests.deploy.strangers import FORM, HEAD, Strangers
from tests.deploy.webhooks import Twilio
from tests.faults.load import Load, percentile

HALF_SENT = 500
LONGEST_MILLISECONDS = 1000
# The proxy answered and hung up while the body was still being sent; whether the answer is seen is a race.
HUNG_UP = 0


def connections_of(hosts: Hosts) -> int:
    """Count the connections that hosts have accepted or are to accept."""
    established = [found for found in psutil.net_connections("tcp") if found.status == psutil.CONN_ESTABLISHED]
    return sum(found.laddr.port in hosts.ports for found in established)


def test_half_sent_requests_do_not_reach_a_router(proxy: Proxy, hosts: Hosts, to_numbers: list[str]) -> None:
    """500 of them, of all kinds and begun again when cut off, while every good call is answered within a second."""
    twilio = Twilio(proxy)
    with Strangers(twilio, HALF_SENT) as strangers:
        accepted = connections_of(hosts)
        with Load(twilio.call, to_numbers, rate=20) as calls:
            time.sleep(6)

    report(f"{proxy.program}: {HALF_SENT} half-sent requests held, {strangers.begun} begun", calls.answered)
    assert strangers.begun >= HALF_SENT
    assert accepted < 50
    assert calls.failed() == []
    assert percentile(calls.answered, 0.99) < LONGEST_MILLISECONDS


@pytest.mark.parametrize(
    ("target", "sent", "expected"),
    [
        ("/twilio/voice", {"body": "a=" + "b" * 300_000}, {413, HUNG_UP}),
        ("/twilio/voice", {"X_Long": "x" * 9_000}, {400, 431}),
        ("/twilio/voice", {f"X_Long_{index}": "x" * 4_000 for index in range(12)}, {400, 431}),
        (f"/twilio/voice?{'x' * 9_000}", {}, {414}),
    ],
    ids=["body", "header", "headers", "line"],
)
def test_oversized_requests_are_refused(
    proxy: Proxy, hosts: Hosts, target: str, sent: dict[str, str], expected: set[int]
) -> None:
    """With an answer. (HAProxy limits the sum of the headers only; one that is too long meets the host's own limit.)"""
    with_body = {"Content_Type": "application/x-www-form-urlencoded", "body": "a=b"} | sent

    try:
        status_code = Twilio(proxy).send("POST", target, **with_body).status_code
    except OSError:
        status_code = HUNG_UP

    assert status_code in expected


def test_usual_sizes_pass(proxy: Proxy, hosts: Hosts, to_numbers: list[str]) -> None:
    """The longest forms that Twilio sends carry tokens and add-ons' results of some kilobytes each."""
    form = call_parameters(
        To=to_numbers[0], CallToken="%7B" * 2_000, StirPassportToken="e" * 4_000, AddOns="a" * 12_000
    )

    assert len(urlencode(form)) > 20_000
    assert Twilio(proxy).post("/twilio/voice", form).verbs == ["Dial"]


def test_half_sent_requests_are_cut_off(kind_of_proxy: type[Proxy], tmp_path: Path) -> None:
    """Within seconds, so that strangers cannot fill the proxy either."""
    with kind_of_proxy(tmp_path, [9, 9]) as proxy, ExitStack() as stack:
        connections = []
        for half in (HEAD, FORM + b"Content-Length: 200\r\n\r\n", b"POST /tw"):
            connections.append(stack.enter_context(closing(Twilio(proxy).connect(30))))
            connections[-1].connect()
            connections[-1].sock.sendall(half)
        started = time.monotonic()
        for connection in connections:
            with suppress(ConnectionError):  # it may be reset as well as closed
                while connection.sock.recv(4096):
                    pass

    assert 3 < time.monotonic() - started < 15
