"""Place a call: ask for TwiML as Twilio would, follow it to the end, and tell each step."""

from collections.abc import Generator, Iterator
from xml.etree.ElementTree import Element

from simulator.call_in_progress import CallInProgress, Fetch, HangUp
from simulator.status_callback import billed_minutes, call_duration_seconds, report_end_of_call
from simulator.story import BILLED, ENDED, WEBHOOK, CallOutcome, SimulatedCall, Step, problem
from simulator.twiml_fetch import apologise, fetch_twiml
from simulator.verbs import KNOWN_VERBS_NOT_FOLLOWED, VERBS
from simulator.webhook_request import open_session

MAXIMUM_DOCUMENTS = 20
UNKNOWN_VERB = 12200


def place_call(call: SimulatedCall) -> Iterator[Step]:
    """Yield what happens, as it happens; the last step carries the outcome.

    Nothing that the called application does is raised: a webhook that fails is a step of the story.
    """
    with open_session() as session:
        live = CallInProgress(call, session)
        yield from _follow_call(live)
        yield from report_end_of_call(live)
    outcome = _outcome(live)
    billed = f"Billed, {billed_minutes(live)} min." if outcome.billed else "Not billed."
    yield Step(kind=BILLED, text=f"{billed} {outcome.billing_reason}", outcome=outcome)
    yield Step(kind=ENDED, text=f"The call has ended: {outcome.call_status}.", outcome=outcome)


def _follow_call(live: CallInProgress) -> Iterator[Step]:
    fetch = Fetch(WEBHOOK, live.call.voice_url)
    for _ in range(MAXIMUM_DOCUMENTS):
        response = yield from fetch_twiml(live, fetch)
        if response is None:
            return
        following = yield from _follow_document(live, response)
        if following is None:
            return
        fetch = following
    yield problem(f"the call went through {MAXIMUM_DOCUMENTS} documents and did not come to an end")
    yield apologise(live)


def _follow_document(live: CallInProgress, response: Element) -> Generator[Step, None, Fetch | None]:
    """Follow the verbs in order; a document without any is answered (and billed) and hung up."""
    for verb in response:
        following = yield from _follow_verb(live, verb)
        if isinstance(following, HangUp):
            return None
        if isinstance(following, Fetch):
            return following
    if live.unanswered_dial_status is None:
        live.answer()
    return None


def _follow_verb(live: CallInProgress, verb: Element) -> Generator[Step, None, Fetch | HangUp | None]:
    follow = VERBS.get(verb.tag)
    if follow is not None:
        return (yield from follow(live, verb))
    if verb.tag in KNOWN_VERBS_NOT_FOLLOWED:
        live.answer()
        yield problem(f"the simulator does not follow <{verb.tag}>; it goes on with the next verb")
    else:
        yield problem(f"<{verb.tag}> is not a verb of TwiML and is ignored", UNKNOWN_VERB)
    return None


def _outcome(live: CallInProgress) -> CallOutcome:
    return CallOutcome(
        call_sid=live.call.call_sid,
        call_status=live.final_status,
        answered=live.answered,
        billed=live.answered,
        billing_reason=_billing_reason(live),
        reached=live.reached,
        duration_seconds=call_duration_seconds(live),
    )


def _billing_reason(live: CallInProgress) -> str:
    if live.answered:
        return f"Twilio answered the call, which then lasted {call_duration_seconds(live)} s."
    if live.refused_status is not None:
        return "<Reject> came before anything that answers, so Twilio never answered the call."
    return "The caller heard ringing only (answerOnBridge) and nobody answered, so the call was never answered."
