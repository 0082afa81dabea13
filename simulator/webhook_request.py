"""Make one HTTP request as Twilio makes it: signed, in time, repeated and redirected by Twilio's rules."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin

import requests

from simulator.connection_overrides import (
    CONNECT_TIMEOUT,
    READ_TIMEOUT,
    STATUS_4XX,
    STATUS_5XX,
    ConnectionOverrides,
    read_connection_overrides,
)
from simulator.signature import sign

MAXIMUM_BODY_BYTES = 64 * 1024
MAXIMUM_REDIRECTS = 10
REDIRECTS_THAT_DROP_THE_BODY = (301, 302, 303)
REDIRECTS = (*REDIRECTS_THAT_DROP_THE_BODY, 307, 308)

RETRIEVAL_FAILURE = 11200
CONNECTION_FAILURE = 11205
TOO_MANY_REDIRECTS = 11215
ERROR_STATUS = 11217
TLS_FAILURE = 11220
BODY_TOO_LARGE = 11750
BODY_EMPTY = 11770


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What came back. ``error_code`` is Twilio's number for what went wrong, ``attempts`` how often it tried."""

    url: str
    status_code: int | None
    content_type: str | None
    body: bytes
    latency_ms: float
    attempts: int
    error_code: int | None = None
    error: str = ""


class RequestFailed(Exception):
    """One attempt failed; ``policy`` is the retry policy that would repeat it, if there is one."""

    def __init__(self, text: str, error_code: int, policy: str | None = None, status_code: int | None = None):
        super().__init__(text)
        self.error_code = error_code
        self.policy = policy
        self.status_code = status_code


def open_session() -> requests.Session:
    """Return the session of one call: cookies last as long as the call, and nothing is read from the machine."""
    session = requests.Session()
    session.trust_env = False
    session.headers.clear()
    return session


def request_webhook(
    session: requests.Session, method: str, url: str, parameters: Mapping[str, str], auth_token: str
) -> WebhookAnswer:
    """Request a URL, with the connection overrides in its fragment. Failures come back as an answer, not raised.

    Out of the box Twilio repeats a request once, and only when it could not connect; an error status or a
    timeout is repeated only if the fragment says so, and all attempts together have 15 seconds.
    """
    url, overrides = read_connection_overrides(url)
    attempt = _Attempt(session, method.upper(), url, dict(parameters), auth_token, overrides, str(uuid.uuid4()))
    started = time.monotonic()
    for number in range(1, overrides.retry_count + 2):
        try:
            response, body = attempt.make(deadline=started + overrides.total_timeout_ms / 1000)
        except RequestFailed as failed:
            failure = failed
            if failed.policy not in overrides.retry_policies:
                break
        else:
            content_type = response.headers.get("Content-Type")
            latency_ms = (time.monotonic() - started) * 1000
            return WebhookAnswer(response.url, response.status_code, content_type, body, latency_ms, number)
    latency_ms = (time.monotonic() - started) * 1000
    return WebhookAnswer(url, failure.status_code, None, b"", latency_ms, number, failure.error_code, str(failure))


@dataclass(frozen=True, slots=True)
class _Attempt:
    session: requests.Session
    method: str
    url: str
    parameters: Mapping[str, str]
    auth_token: str
    overrides: ConnectionOverrides
    idempotency_token: str

    def make(self, deadline: float) -> tuple[requests.Response, bytes]:
        """Send the request and follow redirects until there is a final answer, or raise RequestFailed."""
        method, url, parameters = self.method, self.url, self.parameters
        for _ in range(MAXIMUM_REDIRECTS + 1):
            response = self._send(method, url, parameters, deadline)
            if response.status_code not in REDIRECTS or "Location" not in response.headers:
                _check_status(response)
                return response, _read_body(response, deadline)
            url = urljoin(url, response.headers["Location"])
            if response.status_code in REDIRECTS_THAT_DROP_THE_BODY:
                method, parameters = "GET", {}
        raise RequestFailed(f"more than {MAXIMUM_REDIRECTS} redirects", TOO_MANY_REDIRECTS)

    def _send(self, method: str, url: str, parameters: Mapping[str, str], deadline: float) -> requests.Response:
        if method == "GET" and parameters:
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}"
        form = parameters if method == "POST" else {}
        try:
            return self.session.request(
                method,
                url,
                data=urlencode(form) if method == "POST" else None,
                headers=self._headers(method, sign(url, form, self.auth_token)),
                timeout=self._timeouts(deadline),
                allow_redirects=False,
                stream=True,
            )
        except requests.exceptions.SSLError as error:
            raise RequestFailed("the TLS handshake failed", TLS_FAILURE, CONNECT_TIMEOUT) from error
        except requests.exceptions.ReadTimeout as error:
            raise RequestFailed("no answer came in time", RETRIEVAL_FAILURE, READ_TIMEOUT) from error
        except requests.exceptions.ConnectTimeout as error:
            raise RequestFailed("no connection came about in time", CONNECTION_FAILURE, CONNECT_TIMEOUT) from error
        except requests.exceptions.ConnectionError as error:
            raise _broken_connection(error) from error
        except (requests.exceptions.RequestException, ValueError) as error:
            raise RequestFailed(f"the request could not be made ({error})", RETRIEVAL_FAILURE) from error

    def _headers(self, method: str, signature: str) -> dict[str, str]:
        headers = {
            "Connection": "close",
            "I-Twilio-Idempotency-Token": self.idempotency_token,
            "X-Twilio-Signature": signature,
            "Accept": "*/*",
            "X-Home-Region": "us1",
            "User-Agent": "TwilioProxy/1.1",
        }
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        return headers

    def _timeouts(self, deadline: float) -> tuple[float, float]:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise RequestFailed("no answer came in time", RETRIEVAL_FAILURE)
        connect_seconds = self.overrides.connect_timeout_ms / 1000
        read_seconds = self.overrides.read_timeout_ms / 1000
        return min(connect_seconds, remaining), min(read_seconds, remaining)


def _broken_connection(error: requests.exceptions.ConnectionError) -> RequestFailed:
    """Tell a connection that never came about (repeated by default) from one that broke before an answer came."""
    if "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error):
        return RequestFailed("the connection was refused", CONNECTION_FAILURE, CONNECT_TIMEOUT)
    return RequestFailed("the connection broke before an answer came", RETRIEVAL_FAILURE)


def _check_status(response: requests.Response) -> None:
    """Twilio takes any status but a 2xx for a failure, 429 and a 3xx without ``Location`` included."""
    if 200 <= response.status_code < 300:
        return
    response.close()
    policy = {4: STATUS_4XX, 5: STATUS_5XX}.get(response.status_code // 100)
    raise RequestFailed(f"status {response.status_code}", ERROR_STATUS, policy, response.status_code)


def _read_body(response: requests.Response, deadline: float) -> bytes:
    body = b""
    try:
        with response:
            for chunk in response.iter_content(chunk_size=8192):
                body += chunk
                if len(body) > MAXIMUM_BODY_BYTES:
                    raise RequestFailed("the body is larger than 64 kB", BODY_TOO_LARGE, None, response.status_code)
                if time.monotonic() > deadline:
                    raise RequestFailed("the body did not come in time", RETRIEVAL_FAILURE)
    except requests.exceptions.RequestException as error:
        raise RequestFailed("the connection broke within the answer", RETRIEVAL_FAILURE) from error
    if not body and response.headers.get("Transfer-Encoding", "").lower() == "chunked":
        raise RequestFailed("the body is chunked and empty", BODY_EMPTY, None, response.status_code)
    return body
