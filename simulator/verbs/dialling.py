"""Follow Dial: call another party and play how it reacts.

https://www.twilio.com/docs/voice/twiml/dial
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from simulator.call_in_progress import CallInProgress, VerbSteps, action_of
from simulator.story import ACTION, ANSWERED, DIALLED, Step, new_sid, problem
from simulator.verbs.dialled_parties import DialledParty, DialRefused, read_dialled_parties

FAILED = "failed"
DEFAULT_TIMEOUT_SECONDS = "30"
HOW_IT_SOUNDS = {
    ANSWERED: "answers; the two talk for {talk} s",
    "busy": "is busy",
    "no-answer": "does not answer within {timeout} s",
    FAILED: "cannot be reached",
}


def follow_dial(live: CallInProgress, verb: Element) -> VerbSteps:
    """Dial, tell the outcome and request ``action``, or go on with the next verb if there is none.

    With ``answerOnBridge`` the caller hears ringing and is not billed until the dialled party answers. A dial that
    Twilio will not even try (a callerId it may not show, a bad number) counts as failed and reaches ``action`` too.
    """
    if verb.get("answerOnBridge") != "true":
        live.answer()
    try:
        parties = read_dialled_parties(live, verb)
    except DialRefused as refused:
        yield problem(str(refused), refused.error_code)
        outcome = FAILED
    else:
        outcome = live.next_dial_outcome()
        yield from _dial(live, verb, parties, outcome)
    if not live.answered:
        live.unanswered_dial_status = outcome
    return action_of(live, verb, ACTION, _action_parameters(live, outcome))


def _dial(live: CallInProgress, verb: Element, parties: list[DialledParty], outcome: str) -> Iterator[Step]:
    """Play the outcome. Several parties ring at once, and it is the first that reacts."""
    party = parties[0]
    if outcome == ANSWERED:
        live.answer()
        live.reached = party.address
        live.pass_time(live.call.talk_seconds)
    reaction = HOW_IT_SOUNDS[outcome].format(
        talk=live.call.talk_seconds, timeout=verb.get("timeout", DEFAULT_TIMEOUT_SECONDS)
    )
    passed_on = f" with {', '.join(f'{n}={v}' for n, v in party.parameters.items())}" if party.parameters else ""
    yield Step(
        kind=DIALLED,
        text=f"Twilio dials {party.address}{passed_on}: it {reaction}",
        url=party.address,
        parameters=party.parameters,
    )


def _action_parameters(live: CallInProgress, outcome: str) -> dict[str, str]:
    """Return what ``action`` is told. The duration is sent only for a call that took place."""
    parameters = {
        "DialCallSid": new_sid("CA"),
        "DialCallStatus": "completed" if outcome == ANSWERED else outcome,
        "DialBridged": "true" if outcome == ANSWERED else "false",
    }
    if outcome == ANSWERED:
        parameters["DialCallDuration"] = str(live.call.talk_seconds)
    return parameters
