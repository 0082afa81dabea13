"""The door that Twilio's webhooks come in by: only what Twilio signed is answered, and that always.

It stands before Flask, as WSGI (https://peps.python.org/pep-3333/): what Flask does for a request that has cookies,
sessions, forms and a hundred addresses took half of a call's time (`docs/decisions/0020-webhooks-before-flask.md`).
"""

import time
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog

from routing.call_path import CallPath
from routing.twilio_request import MalformedWebhook
from routing.voice_webhooks import (
    FALLBACK,
    HANDOFF_ENDED_AT,
    STATUS,
    VOICE,
    Webhook,
    answer,
    answer_after_failure,
    answer_all_the_same,
    handoff_ended,
    refuse_malformed,
    status,
)
from routing.webhook_guard import NotFromTwilio, read_signed_parameters

log = structlog.get_logger()
ENDPOINTS: dict[str, Callable[[Webhook, CallPath], str]] = {
    VOICE: answer,
    FALLBACK: answer_after_failure,
    HANDOFF_ENDED_AT: handoff_ended,
    STATUS: status,
}
# Twilio posts, unless a number is configured with VoiceMethod GET.
METHODS = ("POST", "GET")


class TwilioDoor:
    """Answers requests to the ENDPOINTS; `beyond` answers all others."""

    def __init__(self, beyond: WSGIApplication, path: CallPath) -> None:
        self._beyond = beyond
        self._path = path

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request as PEP 3333 has it: 200 and TwiML, or 403 or 405 without a word."""
        # As Flask would find it, which passes over what stands before the first slash of our own.
        endpoint = "/" + environ.get("PATH_INFO", "").lstrip("/")
        if endpoint not in ENDPOINTS:
            return self._beyond(environ, start_response)
        if environ["REQUEST_METHOD"] not in METHODS:
            start_response("405 METHOD NOT ALLOWED", [("Allow", ", ".join(METHODS)), ("Content-Length", "0")])
            return [b""]
        document = self._answer(endpoint, environ)
        if document is None:
            start_response("403 FORBIDDEN", [("Content-Length", "0")])
            return [b""]
        length = str(len(document))
        start_response("200 OK", [("Content-Type", "text/xml; charset=utf-8"), ("Content-Length", length)])
        return [document]

    def _answer(self, endpoint: str, environ: WSGIEnvironment) -> bytes | None:
        """Return the TwiML for a webhook; None if it is not Twilio's, or if nobody can say. Never raises."""
        path = self._path
        try:
            webhook = self._let_in(endpoint, environ)
        except Exception as error:
            log.exception("webhook failed", endpoint=endpoint, exc_info=error)
            path.counts.count("webhook_failures")
            return None
        if webhook is None:
            return None
        try:
            return ENDPOINTS[endpoint](webhook, path).encode()
        except MalformedWebhook as problem:
            return refuse_malformed(problem, webhook, path).encode()
        except Exception as error:  # noqa: BLE001
            return answer_all_the_same(error, webhook, path).encode()

    def _let_in(self, endpoint: str, environ: WSGIEnvironment) -> Webhook | None:
        """Read a webhook that Twilio signed; None for any other."""
        path, began_at = self._path, time.perf_counter()
        try:
            parameters = read_signed_parameters(environ, path.twiml.public_base, path.secrets)
        except NotFromTwilio as refusal:
            log.warning("webhook refused", problem=str(refusal))
            path.counts.count("webhooks_refused", refusal.kind)
            path.refused.note(environ, refusal.kind, refusal.signed)
            return None
        signed_at = time.perf_counter()
        return Webhook(endpoint, environ.get("QUERY_STRING", ""), parameters, began_at, signed_at, found_at=signed_at)
