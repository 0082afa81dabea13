"""Fetch the next TwiML document of a call; when that fails, turn to the fallback URL, and then to an apology.

https://www.twilio.com/docs/voice/twiml#twilio-understands-mime-types
"""

from collections.abc import Generator
from urllib.parse import urldefrag
from xml.etree.ElementTree import Element, SubElement

from simulator.call_in_progress import CallInProgress, Fetch
from simulator.call_parameters import inbound_call_parameters
from simulator.story import ACTION, FALLBACK, HEARD, REDIRECT, WEBHOOK, Step, problem
from simulator.twiml_document import MalformedTwiml, read_twiml
from simulator.webhook_request import RETRIEVAL_FAILURE, WebhookAnswer, request_webhook

PARSE_FAILURE = 12100
CONTENT_TYPE_UNKNOWN = 12300
TWIML_CONTENT_TYPES = ("text/xml", "application/xml", "text/html")
APPLICATION_ERROR = "An application error has occurred. Goodbye."
APPLICATION_ERROR_SECONDS = 4
ASKS_FOR = {
    WEBHOOK: "the voice URL",
    FALLBACK: "the fallback URL",
    REDIRECT: "the URL it was redirected to",
    ACTION: "the action URL",
}


class UnusableAnswer(Exception):
    """The answer cannot be followed; carries Twilio's error number."""

    def __init__(self, text: str, error_code: int):
        super().__init__(text)
        self.error_code = error_code


def fetch_twiml(live: CallInProgress, fetch: Fetch) -> Generator[Step, None, Element | None]:
    """Return the ``<Response>`` to follow next, or nothing when the call is over.

    A caller who has hung up leaves nobody for whom the answer could be followed: Twilio asks all the same.
    """
    step, answer = _request(live, fetch)
    yield step
    if live.caller_hung_up:
        return None
    try:
        return _read_answer(live, fetch, answer)
    except UnusableAnswer as unusable:
        yield problem(f"{unusable} ({urldefrag(fetch.url).url})", unusable.error_code)
        return (yield from _fall_back(live, fetch, unusable.error_code))


def apologise(live: CallInProgress) -> Step:
    """Answer and say what Twilio says when it has no TwiML to follow."""
    live.answer()
    live.pass_time(APPLICATION_ERROR_SECONDS)
    return Step(kind=HEARD, text=f'The caller hears "{APPLICATION_ERROR}"')


def _fall_back(live: CallInProgress, failed: Fetch, error_code: int) -> Generator[Step, None, Element | None]:
    if live.call.fallback_url is None or live.fallback_used:
        yield apologise(live)
        return None
    live.fallback_used = True
    what_failed = {"ErrorCode": str(error_code), "ErrorUrl": urldefrag(failed.url).url}
    return (yield from fetch_twiml(live, Fetch(FALLBACK, live.call.fallback_url, parameters=what_failed)))


def _request(live: CallInProgress, fetch: Fetch) -> tuple[Step, WebhookAnswer]:
    parameters = {**inbound_call_parameters(live.call, live.call_status), **fetch.parameters}
    answer = request_webhook(live.session, fetch.method, fetch.url, parameters, live.call.auth_token)
    verb = "posts to" if fetch.method.upper() == "POST" else "gets"
    result = answer.error if answer.error_code else f"status {answer.status_code}"
    result += f", {answer.latency_ms:.0f} ms" + (f", {answer.attempts} attempts" if answer.attempts > 1 else "")
    nobody = " (the caller is gone, so the answer is not followed)" if live.caller_hung_up else ""
    step = Step(
        kind=fetch.kind,
        text=f"Twilio {verb} {ASKS_FOR[fetch.kind]} {answer.url}: {result}{nobody}",
        url=answer.url,
        parameters=parameters,
        status_code=answer.status_code,
        twiml=answer.body.decode("utf-8", "replace"),
        latency_ms=answer.latency_ms,
        error_code=answer.error_code,
    )
    return step, answer


def _read_answer(live: CallInProgress, fetch: Fetch, answer: WebhookAnswer) -> Element:
    if answer.error_code is not None:
        raise UnusableAnswer(answer.error, answer.error_code)
    response = _read_by_content_type(answer)
    live.document_url = answer.url
    if fetch.kind == REDIRECT:
        live.reached = fetch.url
    return response


def _read_by_content_type(answer: WebhookAnswer) -> Element:
    if answer.content_type is None:
        raise UnusableAnswer("the answer has no content type", RETRIEVAL_FAILURE)
    content_type = answer.content_type.partition(";")[0].strip().lower()
    if content_type.startswith("audio/"):
        return _response_with("Play", answer.url)
    if content_type != "text/plain" and content_type not in TWIML_CONTENT_TYPES:
        raise UnusableAnswer(f"the content type {content_type} is not TwiML", CONTENT_TYPE_UNKNOWN)
    try:
        return read_twiml(answer.body)
    except MalformedTwiml as error:
        if content_type == "text/plain":
            return _response_with("Say", answer.body.decode("utf-8", "replace"))
        raise UnusableAnswer(str(error), PARSE_FAILURE) from error


def _response_with(verb: str, text: str) -> Element:
    """Return the TwiML that an answer without TwiML amounts to: plain text is read aloud, audio is played."""
    response = Element("Response")
    SubElement(response, verb).text = text
    return response
