"""Turn a call route into TwiML: pure, without Flask or Redis.

Every text that a person typed goes through `_clean`, because twilio-python's builder writes control characters and
lone surrogates as they are, which makes the document unreadable for Twilio (error 12100).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlencode

from twilio.twiml.voice_response import Client, Connect, Dial, VoiceResponse

from routing.call_route import PAUSED, PENDING, RELEASED, ROUTED, UNASSIGNED, UNKNOWN, CallRoute

NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LONGEST_NAME = 100
# https://www.twilio.com/docs/voice/twiml/sip: all headers together stay under 1024 characters.
LONGEST_SIP_HEADERS = 1000
# https://www.twilio.com/docs/voice/twiml/dial#callreason
LONGEST_CALL_REASON = 50
RINGING_SECONDS = 30
NOT_IN_SERVICE, MESSAGE, FORWARD = "not_in_service", "message", "forward"
APOLOGY = "We are sorry, nobody can take your call right now. Please try again later."
GOODBYE = "Goodbye."

# <Reject> is the first and only verb: the call is never answered and never billed
# (https://www.twilio.com/docs/voice/twiml/reject).
REJECT_REASONS = {
    PENDING: "busy",
    UNASSIGNED: "busy",
    RELEASED: "rejected",
    UNKNOWN: "rejected",
}


@dataclass(frozen=True, slots=True)
class TwimlSettings:
    """What the documents need besides the route: our public base URL and the number of last resort (E.164 or empty)."""

    public_base: str
    fallback_number: str = ""

    @property
    def handoff_ended_url(self) -> str:
        return f"{self.public_base}/twilio/voice/handoff-ended"


@lru_cache(maxsize=32_768)
def answer_call(route: CallRoute, has_caller_id: bool, settings: TwimlSettings) -> str:
    """Write the document that a call to this route gets.

    Without a caller ID of the caller's own the dialled number is shown instead, because Twilio refuses to dial out
    with a withheld one (error 13214).
    """
    if route.decision == PAUSED:
        return answer_paused(route, has_caller_id, settings)
    if route.decision in REJECT_REASONS:
        return reject_call(REJECT_REASONS[route.decision])
    if route.decision != ROUTED:
        return answer_unavailable(has_caller_id, route.phone_number, settings)
    response = VoiceResponse()
    HANDOFFS[route.handoff_kind or ""](response, route, None if has_caller_id else route.phone_number, settings)
    return str(response)


def answer_paused(route: CallRoute, has_caller_id: bool, settings: TwimlSettings) -> str:
    """Write what callers of a paused number meet. A message is answered, and so billed; a forward once it is taken."""
    if route.paused_treatment == FORWARD and route.paused_forward_to:
        return dial_instead(route.paused_forward_to, route.phone_number, has_caller_id, settings)
    if route.paused_treatment == MESSAGE and route.paused_message:
        return say_and_end(route.paused_message)
    return reject_call("rejected" if route.paused_treatment == NOT_IN_SERVICE else "busy")


def reject_call(reason: str) -> str:
    """Write a refusal: `busy` plays the busy tone, `rejected` the not-in-service message."""
    response = VoiceResponse()
    response.reject(reason=reason)
    return str(response)


def answer_unavailable(has_caller_id: bool, to_number: str, settings: TwimlSettings) -> str:
    """Write what a caller gets when nothing is known: the number of last resort, or an apology."""
    if not settings.fallback_number:
        return apologise()
    return dial_instead(settings.fallback_number, to_number, has_caller_id, settings)


def dial_instead(phone_number: str, called: str, has_caller_id: bool, settings: TwimlSettings) -> str:
    """Write a document that dials an E.164 number in the agent's place; after it nobody else is dialled."""
    response = VoiceResponse()
    caller_id = None if has_caller_id else _clean(called)
    _dial(response, caller_id, f"{settings.handoff_ended_url}?fallback=1").number(_clean(phone_number))
    return str(response)


def apologise() -> str:
    """Write an apology and a hang-up."""
    return say_and_end(APOLOGY)


def say_and_end(sentence: str) -> str:
    """Write a spoken sentence and a hang-up."""
    response = VoiceResponse()
    response.say(_clean(sentence))
    response.hangup()
    return str(response)


def end_call() -> str:
    """Write a hang-up for a call whose hand-off is over."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


def acknowledge() -> str:
    """Write the empty document that answers a status callback."""
    return str(VoiceResponse())


def _dial(response: VoiceResponse, caller_id: str | None, action: str, call_reason: str | None = None) -> Dial:
    """Add a <Dial> that is billed only once somebody picks up, and reports to us when it ends."""
    dial: Dial = response.dial(
        caller_id=caller_id,
        action=action,
        answer_on_bridge=True,
        timeout=RINGING_SECONDS,
        call_reason=call_reason,
    )
    return dial


def _connect(response: VoiceResponse, settings: TwimlSettings) -> Connect:
    connect: Connect = response.connect(action=settings.handoff_ended_url)
    return connect


def _hand_to_stream(response: VoiceResponse, route: CallRoute, _: str | None, settings: TwimlSettings) -> None:
    """Connect a WebSocket. Its own status callback is the only place where Twilio says that it could not be opened."""
    stream = _connect(response, settings).stream(
        url=_clean(route.handoff_target), status_callback=f"{settings.public_base}/twilio/voice/status"
    )
    for name, value in call_details(route).items():
        stream.parameter(name=name, value=value)


def _hand_to_conversation_relay(
    response: VoiceResponse, route: CallRoute, _: str | None, settings: TwimlSettings
) -> None:
    relay = _connect(response, settings).conversation_relay(url=_clean(route.handoff_target))
    for name, value in call_details(route).items():
        relay.parameter(name=name, value=value)


def _hand_to_sip(response: VoiceResponse, route: CallRoute, caller_id: str | None, settings: TwimlSettings) -> None:
    target = _clean(route.handoff_target)
    joint = "&" if "?" in target else "?"
    _dial(response, caller_id, settings.handoff_ended_url).sip(f"{target}{joint}{_sip_headers(route)}")


def _hand_to_phone(response: VoiceResponse, route: CallRoute, caller_id: str | None, settings: TwimlSettings) -> None:
    """Dial a telephone. It shows a call reason where its network can; the whole details come back to `action`."""
    place = _clean(route.location_name) or _clean(route.agent_name)
    reason = f"{route.phone_number} {place}"[:LONGEST_CALL_REASON]
    action = f"{settings.handoff_ended_url}?{urlencode(call_details(route), quote_via=quote)}"
    _dial(response, caller_id, action, reason).number(_clean(route.handoff_target))


def _hand_to_client(response: VoiceResponse, route: CallRoute, caller_id: str | None, settings: TwimlSettings) -> None:
    client = Client()
    client.identity(_clean(route.handoff_target))
    for name, value in call_details(route).items():
        client.parameter(name=name, value=value)
    _dial(response, caller_id, settings.handoff_ended_url).append(client)


def _hand_to_redirect(response: VoiceResponse, route: CallRoute, _: str | None, settings: TwimlSettings) -> None:
    target = _clean(route.handoff_target)
    joint = "&" if "?" in target else "?"
    response.redirect(f"{target}{joint}{urlencode(call_details(route), quote_via=quote)}", method="POST")


HANDOFFS = {
    "stream": _hand_to_stream,
    "conversation_relay": _hand_to_conversation_relay,
    "sip": _hand_to_sip,
    "phone": _hand_to_phone,
    "client": _hand_to_client,
    "redirect": _hand_to_redirect,
}


def call_details(route: CallRoute) -> dict[str, str]:
    """Return what every agent is told: who and where it is for this call, and which number was dialled."""
    details = {
        "called": route.phone_number,
        "agent_id": _clean(route.agent_id),
        "agent_name": _clean(route.agent_name),
        "location_id": _clean(route.location_id),
        "location_name": _clean(route.location_name),
    }
    return {name: value for name, value in details.items() if value}


def _sip_headers(route: CallRoute) -> str:
    """Write the details as X- headers of a SIP URI, giving up the end of long names where all would be too long."""
    longest = LONGEST_NAME
    while True:
        details = {_header_name(name): value[:longest] for name, value in call_details(route).items()}
        headers = urlencode(details, quote_via=quote)
        if len(headers) <= LONGEST_SIP_HEADERS:
            return headers
        longest //= 2


def _header_name(name: str) -> str:
    return "X-" + name.replace("_", "-").title()


def _clean(value: object) -> str:
    """Return a text that XML can hold; longer ones than any field of ours are cut."""
    return "" if value is None else NOT_IN_XML.sub("", str(value))[:2000]
