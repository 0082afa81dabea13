"""The log says what failed, and never with which secrets or phone numbers."""

import json
import re

import pytest
import structlog

from config.logs import log_info, set_up_logs
from tests.conftest import AUTH_TOKEN

CALLER = "+14155550199"


def fail_with(auth_token: str, from_number: str) -> None:
    raise RuntimeError("nobody thought of this")


def test_error_is_logged_without_the_locals_of_its_functions(capfd: pytest.CaptureFixture[str]) -> None:
    """Among them are Auth Tokens and callers; type, message and lines of the error are there."""
    set_up_logs()
    try:
        fail_with(AUTH_TOKEN, CALLER)
    except RuntimeError:
        structlog.get_logger().exception("something failed")

    line = capfd.readouterr().err
    [error] = json.loads(line)["exception"]
    assert (error["exc_type"], error["exc_value"]) == ("RuntimeError", "nobody thought of this")
    assert error["frames"][-1]["name"] == "fail_with"
    assert AUTH_TOKEN not in line
    assert CALLER not in line


def test_short_way_to_the_log_writes_the_same_line(capfd: pytest.CaptureFixture[str]) -> None:
    """Whoever reads the log cannot tell which of the two has written a line."""
    set_up_logs()

    structlog.get_logger().info("call answered", decision="routed", source="worker")
    log_info("call answered", decision="routed", source="worker")

    usual, short = map(json.loads, capfd.readouterr().err.splitlines())
    moments = [usual.pop("timestamp"), short.pop("timestamp")]
    assert short == usual
    assert [bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", moment)) for moment in moments] == [True, True]
