"""Send the SDK's requests: within a time limit, to where the settings say, and with our own errors.

Whatever is not a proper answer is raised from here as a TwilioProblem, so that the SDK never gets to see it: it would
raise three unrelated classes, one of them without a code, and let the transport's own errors through.
"""

import json
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
import structlog
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response

from operations.twilio_errors import (
    READ,
    TwilioOutcomeUnknown,
    TwilioProblem,
    TwilioRefused,
    problem_of_answer,
    problem_of_silence,
)

log = structlog.get_logger()
CONNECT_WITHIN_SECONDS = 5.0
ANSWER_WITHIN_SECONDS = 10.0
TWILIO_HOST = re.compile(r"https://[a-z0-9.-]+\.twilio\.com(?=/)")


class TwilioHttp(TwilioHttpClient):
    """The SDK's transport. It connects when the first request is made; threads may share it.

    With `base_url` every host of Twilio's is replaced by it, and reached without a proxy. A read whose connection broke
    is tried once more; nothing else is ever repeated.
    """

    def __init__(self, base_url: str = "", count: Callable[[str], object] = str) -> None:
        """`count` is told of each request's outcome: ok, refused, unavailable or unknown."""
        super().__init__()
        self._count = count
        self._session = self.session or requests.Session()
        self._session.trust_env = not base_url
        self._base_url = base_url

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: Any = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Send a request and return a good answer; raises TwilioProblem for any other, and for none."""
        if self._base_url:
            url = TWILIO_HOST.sub(self._base_url, url)
        sending = requests.Request(method, url, headers, params=params or {}, data=data or {}, auth=auth)
        began = time.monotonic()
        try:
            answer = self._send(sending)
            if not _is_good(answer, method):
                raise problem_of_answer(answer.status_code, answer.text, method)
        except requests.RequestException as error:
            problem = problem_of_silence(error, method)
            self._count(outcome_of(problem))
            _note(sending, problem, began)
            raise problem from error
        except TwilioProblem as problem:
            self._count(outcome_of(problem))
            _note(sending, problem, began, answer)
            raise
        self._count("ok")
        return Response(answer.status_code, answer.text, answer.headers)

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._session.close()

    def _send(self, sending: requests.Request) -> requests.Response:
        try:
            return self._send_once(sending)
        except requests.Timeout:
            raise
        except requests.ConnectionError:
            if sending.method != READ:
                raise
            return self._send_once(sending)

    def _send_once(self, sending: requests.Request) -> requests.Response:
        prepared = self._session.prepare_request(sending)
        environment = self._session.merge_environment_settings(prepared.url or "", {}, None, None, None)
        limits = (CONNECT_WITHIN_SECONDS, ANSWER_WITHIN_SECONDS)
        return self._session.send(prepared, timeout=limits, allow_redirects=False, **environment)


def outcome_of(problem: TwilioProblem) -> str:
    """Return what became of a request, as the metrics call it."""
    if isinstance(problem, TwilioRefused):
        return "refused"
    return "unknown" if isinstance(problem, TwilioOutcomeUnknown) else "unavailable"


def _is_good(answer: requests.Response, method: str) -> bool:
    """Tell whether Twilio did what was asked: 2xx, with a JSON object unless there is nothing left to show."""
    if not 200 <= answer.status_code < 300:
        return False
    if method == "DELETE":
        return True
    try:
        return isinstance(json.loads(answer.text), dict)
    except (ValueError, RecursionError):
        return False


def _note(
    sending: requests.Request, problem: TwilioProblem, began: float, answer: requests.Response | None = None
) -> None:
    """Log what Twilio's support would ask for. The query stays out: it may hold a phone number."""
    log.warning(
        "twilio request failed",
        method=sending.method,
        resource=urlsplit(sending.url).path,
        problem=problem.code,
        twilio_code=problem.twilio_code,
        status=answer.status_code if answer is not None else None,
        twilio_request_id=answer.headers.get("Twilio-Request-Id") if answer is not None else None,
        milliseconds=round((time.monotonic() - began) * 1000),
    )
