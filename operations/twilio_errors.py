"""Turn Twilio's errors, and its silence, into sentences that an admin understands, and say what was done.

Three things can have happened, and each has its class: Twilio said no, Twilio was certainly not reached, or nobody
knows. The codes are Twilio's (https://www.twilio.com/docs/api/errors) and change; one that is not in the table keeps
Twilio's own words.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from operations.errors import OperationError

LONGEST_WORDS = 200
TOO_MANY_REQUESTS = 429
REQUEST_TIMEOUT = 408
NOT_FOUND = 20404
TAKEN_BY_SOMEBODY = 21422
SMALLEST_CODE = 10000  # below are HTTP statuses, which Twilio repeats when it has no code of its own
READ = "GET"
AGAIN = "Nothing was done; please try again in a moment."
LOOK_FIRST = "It may have been done all the same: look at the number's state before you repeat it."


class TwilioProblem(OperationError):
    """Twilio did not do what was asked, or nobody knows; `twilio_code` is Twilio's own code, if it gave one."""

    status = 503
    code = "twilio_unavailable"

    def __init__(
        self, message: str, code: str | None = None, status: int | None = None, twilio_code: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code or self.code
        self.status = status or self.status
        self.twilio_code = twilio_code


class TwilioRefused(TwilioProblem):
    """Twilio said no: nothing was done, and asking again the same way is no use."""

    status = 409
    code = "twilio_refused"


class TwilioUnavailable(TwilioProblem):
    """Twilio was not reached, had no time for us, or was only to be read: nothing was done and it may be repeated."""


class TwilioOutcomeUnknown(TwilioProblem):
    """The request was sent and nobody knows what became of it. Look before repeating it."""

    code = "twilio_outcome_unknown"


class Meaning(NamedTuple):
    """What a code of Twilio's means here: our code, the HTTP status of our answer, and a sentence."""

    code: str
    status: int
    sentence: str


ACCOUNT_SUSPENDED = Meaning(
    "twilio_account_not_active", 502, "The Twilio account is not active. Reactivate or pay it in Twilio's console."
)
PERMISSION = Meaning(
    "twilio_credentials",
    502,
    "Twilio does not accept our credentials. Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (or the API key and what it"
    " may do), and in Twilio's console whether the account is suspended.",
)
ADDRESS = Meaning(
    "number_needs_address", 409, "Numbers of this kind need an address: register one in Twilio's console first."
)
BAD_ADDRESS = Meaning(
    "address_not_valid", 409, "Twilio could not validate the address. Correct it in Twilio's console, then try again."
)
IDENTITY = Meaning(
    "number_needs_identity",
    409,
    "This number needs an identity document that satisfies its country's rules. Submit it in Twilio's console first.",
)
TRANSFER = Meaning(
    "transfer_refused", 409, "Twilio moves numbers only between a main account and its own subaccounts, by the former."
)
MEANINGS = {
    10003: ACCOUNT_SUSPENDED,
    20001: Meaning("twilio_request", 502, "Twilio does not know a parameter that we sent. Please report this fault."),
    20003: PERMISSION,
    20005: ACCOUNT_SUSPENDED,
    20008: Meaning(
        "twilio_test_credentials", 502, "Twilio's test credentials cannot do this. Configure the live credentials."
    ),
    NOT_FOUND: Meaning(
        "not_at_twilio",
        404,
        "Twilio does not have this: a number that was released already or is another account's, or a kind of number"
        " that the country does not have.",
    ),
    20409: Meaning("twilio_conflict", 409, "Something else is changing this at Twilio. Look at it and try again."),
    21402: Meaning(
        "webhook_url_not_valid", 409, "Twilio does not accept our webhook's URL. Check PUBLIC_URL: https:// and a host."
    ),
    21404: Meaning(
        "trial_account", 409, "A trial account cannot get another number. Upgrade the account in Twilio's console."
    ),
    21405: Meaning("webhook_url_missing", 409, "Twilio wants a voice URL together with a fallback URL."),
    21409: Meaning("caller_name_unsupported", 409, "This number cannot have caller-ID look-up. Switch it off first."),
    21420: Meaning(
        "application_not_accessible", 409, "The number's TwiML application is gone. Take it off in Twilio's console."
    ),
    21421: Meaning("number_not_valid", 422, "Twilio does not take this for a phone number. Check its digits."),
    TAKEN_BY_SOMEBODY: Meaning(
        "number_not_available", 409, "This number is no longer available. Search again and choose another one."
    ),
    21451: Meaning("area_code_not_valid", 422, "There is no such area code. Choose another one."),
    21452: Meaning("area_code_empty", 409, "There is no number left in this area code. Choose another one."),
    21457: Meaning("area_code_unsupported", 422, "This kind of number cannot be chosen by area code."),
    21458: Meaning("number_type_mismatch", 422, "This number is of another type. Search for it under its own type."),
    21473: TRANSFER,
    21474: TRANSFER,
    21613: ADDRESS,
    21615: Meaning(
        "number_needs_local_address",
        409,
        "This number needs an address in its own city or region: register one in Twilio's console first.",
    ),
    21628: BAD_ADDRESS,
    21629: BAD_ADDRESS,
    21631: ADDRESS,
    21649: Meaning(
        "number_needs_bundle",
        409,
        "This number needs a regulatory bundle that Twilio has approved. Submit one in Twilio's console under"
        " Regulatory Compliance; approval takes one to three working days.",
    ),
    21650: IDENTITY,
    21651: IDENTITY,
    22300: Meaning("account_restricted", 409, "Twilio keeps this account from getting numbers. Ask Twilio's support."),
}


def problem_of_silence(error: requests.RequestException, method: str) -> TwilioProblem:
    """Return the problem for a request that got no answer.

    Only what failed before a connection stood was certainly not sent. After that a change may have been made, also when
    the connection was reset; reading changes nothing.
    """
    if _was_never_sent(error):
        return TwilioUnavailable(f"Twilio cannot be reached. {AGAIN}")
    is_late = isinstance(error, requests.Timeout)
    what = "Twilio did not answer in time." if is_late else "The connection to Twilio broke off."
    return _maybe_done(what, method)


def problem_of_answer(status: int, body: str, method: str) -> TwilioProblem:
    """Return the problem that an answer tells of; `status` is its HTTP status."""
    answer = _read(body)
    code = _code(answer)
    if status == TOO_MANY_REQUESTS:
        return TwilioUnavailable(f"Twilio has too many requests of ours at once. {AGAIN}", "twilio_busy", None, code)
    if 400 <= status < 500 and status != REQUEST_TIMEOUT:
        return _refusal(status, code, answer)
    if status >= 500:
        return _maybe_done("Twilio has a fault of its own.", method, code)
    return _maybe_done("What answered in Twilio's place is not Twilio.", method, code)


def _was_never_sent(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, NewConnectionError)  # refused, unreachable, or no such name


def _maybe_done(what: str, method: str, twilio_code: int | None = None) -> TwilioProblem:
    if method == READ:
        return TwilioUnavailable(f"{what} {AGAIN}", twilio_code=twilio_code)
    return TwilioOutcomeUnknown(f"{what} {LOOK_FIRST}", twilio_code=twilio_code)


def _refusal(status: int, code: int | None, answer: Mapping[str, Any]) -> TwilioRefused:
    meaning = MEANINGS.get(code or 0)
    if meaning is None and status in (401, 403):
        meaning = PERMISSION
    if meaning is not None:
        return TwilioRefused(meaning.sentence, meaning.code, meaning.status, code)
    words = _words(answer) or f"HTTP status {status}"
    link = f" (https://www.twilio.com/docs/api/errors/{code})" if code else ""
    return TwilioRefused(f"Twilio refused: {words}{link}", twilio_code=code)


def _read(body: str) -> Mapping[str, Any]:
    """Return the body as JSON; empty if it is something else, such as a proxy's page."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _code(answer: Mapping[str, Any]) -> int | None:
    code = str(answer.get("code", ""))
    return int(code) if code.isdecimal() and len(code) < 9 and int(code) >= SMALLEST_CODE else None


def _words(answer: Mapping[str, Any]) -> str:
    """Return Twilio's own words on one line; newer resources use RFC 9457's names for them."""
    words = next((answer[name] for name in ("message", "detail", "title") if isinstance(answer.get(name), str)), "")
    line = " ".join("".join(c if c.isprintable() else " " for c in words).split()).rstrip(".")
    return line if len(line) <= LONGEST_WORDS else line[: LONGEST_WORDS - 1] + "…"
