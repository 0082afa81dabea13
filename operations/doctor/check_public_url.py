"""Is PUBLIC_URL this very router? Ask it as Twilio would: with a signed webhook that says nothing and changes nothing.

Only a router that has the same PUBLIC_URL and the same secrets lets such a request in, and only if no proxy on the way
alters path, query, form or header.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import requests
from twilio.request_validator import RequestValidator
from urllib3.exceptions import NameResolutionError

from operations.doctor.finding import Examined, Finding, error, ok

CONNECT_WITHIN_SECONDS = 3.0
ANSWER_WITHIN_SECONDS = 5.0
# At the status callback: a request without any parameter is malformed there, logged, and nothing else.
PATH = "/twilio/voice/status"
START = "Start the router (systemctl status clara-router), and see that the proxy leads to its HOST and PORT."


def check_public_url(examined: Examined) -> Iterator[Finding]:
    """Yield whether a signed webhook gets through."""
    base = examined.settings.public_base
    signature = RequestValidator(examined.secrets.auth_tokens[0]).compute_signature(base + PATH, {})
    headers = {"X-Twilio-Signature": signature, "User-Agent": "Clara-Voice-Router (flask doctor)"}
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    limits = (CONNECT_WITHIN_SECONDS, ANSWER_WITHIN_SECONDS)
    try:
        with requests.post(base + PATH, headers=headers, timeout=limits, allow_redirects=False, stream=True) as answer:
            body = answer.raw.read(2_000)
    except requests.exceptions.SSLError:
        yield error(
            f"{base} has no certificate that is accepted; Twilio does not accept it either (error 11237).",
            "Give the proxy a certificate of a public authority for this name, with its whole chain (fullchain.pem).",
        )
    except (requests.RequestException, OSError) as problem:
        yield _silence(base, problem)
    else:
        yield from _say_answer(examined, answer, body)


def _silence(base: str, problem: Exception) -> Finding:
    if _is_of_a_name(problem):
        host = urlsplit(base).hostname
        return error(
            f"The name {host} is not found from here; if Twilio does not find it, it reaches no webhook (error 11210).",
            f"Make a DNS record that leads {host} to the proxy, or correct PUBLIC_URL.",
        )
    how = "does not answer in time" if isinstance(problem, requests.Timeout) else "cannot be reached from here"
    return error(f"{base} {how}; Twilio would ask the fallback URL, which is at the same place.", START)


def _is_of_a_name(problem: Exception) -> bool:
    """Tell whether no address was found for the name of the host: requests says so only in what it was caused by."""
    cause = problem.args[0] if problem.args else None
    return isinstance(getattr(cause, "reason", None), NameResolutionError)


def _say_answer(examined: Examined, answer: requests.Response, body: bytes) -> Iterator[Finding]:
    base, status = examined.settings.public_base, answer.status_code
    if status == 200 and b"<Response" in body:
        yield ok(f"A signed webhook gets through {base} to this router.{_say_health(base)}")
    elif status == 403:
        yield error(
            f"{base} leads to a router, or to a guard before it, that refuses what is signed as Twilio signs it.",
            "Give every host the same PUBLIC_URL and TWILIO_AUTH_TOKEN, restart them, and have the proxy pass path,"
            " query, form and X-Twilio-Signature on untouched (deploy/nginx.conf).",
        )
    elif 300 <= status < 400:
        target = urlsplit(answer.headers.get("Location", "")).netloc or "elsewhere"
        yield error(
            f"{base} redirects to {target}; Twilio follows, but leaves the form behind.",
            "Set PUBLIC_URL to where the redirect leads, and run `flask numbers sync --repair`.",
        )
    elif status >= 500:
        yield error(f"{base} answers with status {status}: the proxy finds no router behind it.", START)
    else:
        yield error(
            f"{base} answers with status {status}: it is not this router that answers under {PATH}.",
            "Set PUBLIC_URL to the router's own address, with its prefix if any, and have the proxy pass /twilio/ on.",
        )


def _say_health(base: str) -> str:
    """Say whether strangers see /healthz, which the samples of deploy/ hide; nothing depends on it."""
    limits = (CONNECT_WITHIN_SECONDS, ANSWER_WITHIN_SECONDS)
    try:
        seen = requests.get(f"{base}/healthz", timeout=limits, allow_redirects=False).status_code == 200
    except requests.RequestException:
        seen = False
    return " /healthz can be seen there." if seen else " /healthz cannot be seen there, as it should be."
