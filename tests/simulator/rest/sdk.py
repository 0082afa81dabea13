"""Point Twilio's own SDK at the simulator, and read its errors."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from simulator.account import SimulatedAccount
from simulator.rest import RunningSimulator

TWILIO_HOST = re.compile(r"^https://(api|numbers|pricing)\.twilio\.com")
VOICE_URL = "https://clara.example.com/twilio/voice"


class SimulatorHttpClient(TwilioHttpClient):
    """Send what is meant for Twilio to a base URL."""

    def __init__(self, base_url: str, timeout_seconds: float = 5.0) -> None:
        super().__init__(timeout=timeout_seconds)
        self._base_url = base_url

    def request(self, method: str, url: str, *arguments: Any, **keywords: Any) -> Response:
        return super().request(method, TWILIO_HOST.sub(self._base_url, url), *arguments, **keywords)


def client_of(running: RunningSimulator, account: SimulatedAccount, timeout_seconds: float = 5.0) -> Client:
    """Return the SDK's client for an account."""
    http_client = SimulatorHttpClient(running.base_url, timeout_seconds)
    return Client(account.account_sid, account.auth_token, http_client=http_client)


@contextmanager
def refused(code: int, status: int = 400) -> Iterator[pytest.ExceptionInfo[TwilioException]]:
    """Expect an error of Twilio's, in whichever way the SDK raises it."""
    with pytest.raises(TwilioException) as caught:
        yield caught
    assert code_and_status(caught.value) == (code, status)


def code_and_status(error: TwilioException) -> tuple[int, int]:
    """Return what was said: for lists, the SDK raises a bare exception that holds the answer."""
    if isinstance(error, TwilioRestException):
        return int(error.code or 0), error.status
    response: Response = error.args[1]
    return json.loads(response.text)["code"], response.status_code
