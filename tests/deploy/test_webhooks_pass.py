"""Twilio's requests come through a proxy as they were sent, and nobody else's do."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests

from tests.conftest import call_parameters
from tests.deploy.conftest import Hosts
from tests.deploy.proxies import Proxy
from tests.deploy.webhooks import Twilio

CALLER = "+14155550199"
# Twilio asks what was configured, however odd, and signs it as it stands.
TARGETS = [
    "/twilio/voice",
    "/twilio/voice?",
    "/twilio/voice?a=1&a=2&&=&b",
    "/twilio/voice?next=%2Ftwilio%2F..%2F&plus=+%2B%20&tilde=~%7E&quote='\"",
    "/twilio/voice?path=//a/./b/../c;d=e,f:g@h!$*()",
    "/twilio/voice?name=K%C3%B6ln&broken=%E9&nothing=%00",
    "/twilio/%76oice",
    "/twilio/voice%2Fstatus",
    "/twilio//voice",
    "/twilio/voice/",
    "/twilio/./voice/../voice",
    "/twilio/voice;a=b",
    f"/twilio/voice?token={'x' * 7000}",
]
NOT_PUBLIC = [
    "/",
    "/twilio",
    "/healthz",
    "/readyz",
    "/metrics",
    "/api/v1/numbers",
    "/login",
    "//healthz",
    "/Twilio/voice",
    "//twilio/voice",
    "/%74wilio/voice",
    "/twilio/../healthz",
    "/twilio/..%2Fhealthz",
    "/twilio/%2e%2e/healthz",
    "/healthz/../twilio/voice",
]


class Echo(http.server.BaseHTTPRequestHandler):
    """In a router's place: answers with what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        asked = {"target": self.path, "body": body, "headers": dict(self.headers)}
        answer = json.dumps(asked).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def echo(kind_of_proxy: type[Proxy], tmp_path: Path) -> Iterator[Proxy]:
    """A proxy before two servers that tell what reached them."""
    with ExitStack() as stack:
        servers = [stack.enter_context(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)) for _ in range(2)]
        threads = [threading.Thread(target=server.serve_forever, args=(0.05,)) for server in servers]
        for thread in threads:
            thread.start()
        with kind_of_proxy(tmp_path, [server.server_port for server in servers]) as proxy:
            yield proxy
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()


def test_request_targets_and_forms_pass_byte_for_byte(echo: Proxy) -> None:
    """The signature is made over them: encoded slashes, double ones, dots and a bare question mark stay."""
    twilio, form = Twilio(echo), urlencode(call_parameters(FromCity="Köln", Body="a+b &=%"))
    posted = [json.loads(twilio.send("POST", target, form).text) for target in TARGETS]
    got = [json.loads(twilio.send("GET", target).text) for target in TARGETS]

    assert [asked["target"] for asked in posted] == TARGETS
    assert [asked["target"] for asked in got] == TARGETS
    assert {asked["body"] for asked in posted} == {form}


def test_forwarded_headers_are_the_proxy_s_own(echo: Proxy) -> None:
    """What a stranger claims in them is dropped; what Twilio signs with comes through."""
    claimed = {"X_Forwarded_For": "203.0.113.9", "X_Forwarded_Proto": "gopher", "X_Forwarded_Host": "evil.example"}
    signed = {"X_Twilio_Signature": "abc=", "I_Twilio_Idempotency_Token": "token"}
    headers = json.loads(Twilio(echo).send("POST", "/twilio/voice", "a=b", **claimed, **signed).text)["headers"]
    headers = {name.lower(): value for name, value in headers.items()}

    assert headers["host"] == "calls.example.com"
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "https"
    assert headers["x-forwarded-host"] == "calls.example.com"
    assert (headers["x-twilio-signature"], headers["i-twilio-idempotency-token"]) == ("abc=", "token")


def test_only_twilio_s_endpoints_are_public(proxy: Proxy, hosts: Hosts) -> None:
    """However the path is written."""
    twilio = Twilio(proxy)

    answers = {target: twilio.send("GET", target).status_code for target in NOT_PUBLIC}

    assert answers == dict.fromkeys(NOT_PUBLIC, 404)


def test_inner_side_has_the_rest_but_health_and_metrics(echo: Proxy) -> None:
    """People come in elsewhere than Twilio; health is asked of each host."""
    paths = ("/api/v1/numbers?cursor=%2F", "/login", "/twilio/voice", "/healthz", "/readyz", "/metrics")

    answers = {path: requests.get(echo.inner_url + path, timeout=5).status_code for path in paths}

    assert list(answers.values()) == [200, 200, 404, 404, 404, 404]


def test_pages_learn_the_address_that_people_see(echo: Proxy) -> None:
    """With the port: they compare it with where a form was sent from."""
    headers = requests.get(f"{echo.inner_url}/login", headers={"X-Forwarded-For": "203.0.113.9"}, timeout=5).json()
    headers = {name.lower(): value for name, value in headers["headers"].items()}

    assert headers["host"] == headers["x-forwarded-host"] == echo.inner_url.removeprefix("http://")
    assert (headers["x-forwarded-for"], headers["x-forwarded-proto"]) == ("127.0.0.1", "http")


def test_every_webhook_passes_with_its_signature(proxy: Proxy, hosts: Hosts, to_numbers: list[str]) -> None:
    """Inbound call, fallback URL, end of a hand-off and of the fallback number's, callbacks of call and stream."""
    twilio, call = Twilio(proxy), call_parameters(To=to_numbers[0], FromCity="Köln", StirVerstat="TN+ &=%2B")
    stream = {name: call[name] for name in ("AccountSid", "CallSid")} | {"StreamEvent": "stream-started"}
    replies = [
        twilio.post("/twilio/voice", call),
        twilio.post("/twilio/voice?a=%2F//~%7E+%20'&b", call),
        twilio.post("/twilio/voice?", call),
        twilio.post("/twilio/%76oice", call),
        twilio.get(f"/twilio/voice?{urlencode(call)}"),
        twilio.post("/twilio/voice/fallback", call | {"ErrorCode": "11200", "ErrorUrl": "https://calls.example.com"}),
        twilio.post("/twilio/voice/handoff-ended", call | {"DialCallStatus": "busy"}),
        twilio.post("/twilio/voice/handoff-ended?fallback=1", call | {"DialCallStatus": "busy"}),
        twilio.post("/twilio/voice/status", call | {"CallStatus": "completed", "CallDuration": "7"}),
        twilio.post("/twilio/voice%2Fstatus", call | {"CallStatus": "completed", "CallDuration": "7"}),
        twilio.post("/twilio/voice/status", stream),
    ]

    assert [reply.status_code for reply in replies] == [200] * len(replies)
    assert [reply.verbs[:1] for reply in replies[:6]] == [["Dial"]] * 6
    assert twilio.send("POST", "/twilio/voice", urlencode(call), X_Twilio_Signature="wrong").status_code == 403
    # Werkzeug would redirect it, and Twilio drop the form: the host's own 404 shows that `//` came through.
    assert twilio.post("/twilio//voice", call).status_code == 404
    hosts.wait_until_recorded({call["CallSid"]})


def test_log_names_no_caller(kind_of_proxy: type[Proxy], tmp_path: Path) -> None:
    """Not the GET webhooks' queries either, and not when all hosts are gone and the proxy has errors to tell."""
    with kind_of_proxy(tmp_path, [9, 9]) as proxy:
        target = f"/twilio/voice?{urlencode(call_parameters())}"
        status_code = Twilio(proxy).send("GET", target).status_code
        too_long = Twilio(proxy).send("GET", f"{target}&x={'x' * 9000}").status_code

    log = proxy.log.read_text()
    assert (status_code in (502, 503), too_long) == (True, 414)
    assert '"path":"/twilio/voice"' in log
    assert CALLER[1:] not in log
