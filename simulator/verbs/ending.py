"""Follow the verbs that end a call: Reject, Hangup."""

from xml.etree.ElementTree import Element

from simulator.call_in_progress import CallInProgress, HangUp, VerbSteps
from simulator.story import HEARD, REFUSED, Step, problem

# https://www.twilio.com/docs/voice/twiml/reject
STATUS_BY_REASON = {"rejected": "no-answer", "busy": "busy"}
HEARD_BY_REASON = {"rejected": "that the number is not in service", "busy": "a busy tone"}
DEFAULT_REASON = "rejected"
INVALID_REASON = 13810


def follow_reject(live: CallInProgress, verb: Element) -> VerbSteps:
    """Refuse the call without answering it. Once it was answered this only hangs up, and the call is billed."""
    reason = verb.get("reason", DEFAULT_REASON)
    if reason not in STATUS_BY_REASON:
        yield problem(f'<Reject reason="{reason}"> is taken for "{DEFAULT_REASON}"', INVALID_REASON)
        reason = DEFAULT_REASON
    if live.answered:
        yield problem("<Reject> comes after the call was answered, so it only hangs up and the call is billed")
        return HangUp()
    live.refused_status = STATUS_BY_REASON[reason]
    yield Step(kind=REFUSED, text=f"Twilio refuses the call: the caller hears {HEARD_BY_REASON[reason]}")
    return HangUp()


def follow_hangup(live: CallInProgress, verb: Element) -> VerbSteps:
    """Hang up. As the first verb it answers, and bills, all the same."""
    live.answer()
    yield Step(kind=HEARD, text="Twilio hangs up")
    return HangUp()
