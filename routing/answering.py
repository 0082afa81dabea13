"""What a call gets: the agent, or whoever may be dialled in its place, or a sentence.

A number that must not be dialled (`dialling.py`) counts as a hand-off that failed: the agent's fallback number is next,
then the number of last resort, then the apology. A forward of a paused number is followed by nobody: its callers get
the busy tone.

A caller who calls the same number over and over (`repeated_calls.py`) is put through to no telephone any more, for that
is what a loop consists of. An agent that is reached without one answers every call.
"""

from typing import Any, NamedTuple

from routing import twiml
from routing.call_path import CallPath
from routing.call_route import PAUSED, RELEASED, ROUTED, UNAVAILABLE, UNKNOWN, CallRoute
from routing.dialling import why_not_dialled
from routing.twilio_request import InboundCall
from routing.twiml import TwimlSettings

NOT_OURS = (UNKNOWN, RELEASED, UNAVAILABLE)
LAST_RESORT = "number of last resort"
# What is dialled by these, or by whoever they lead to, is a telephone or may be one, whose calls could come back.
DIALLING_KINDS = ("phone", "sip", "redirect")
REPEATED = "repeated: too many calls from this caller within a minute (loop)"


class Answer(NamedTuple):
    """A TwiML document, and for the call's note: why something else was not dialled, and whom the caller meets.

    That is the agent by the agent's own hand-off (`is_handed`), or a number that is `dialled` in the agent's place.
    """

    document: str
    reason: str | None = None
    is_handed: bool = False
    dialled: str | None = None

    def receipt(self, route: CallRoute) -> dict[str, Any]:
        """Return what the note of the call says of why it was answered so, and of whom the caller meets."""
        said: dict[str, Any] = {"decision": route.decision, "reason": self.reason}
        if route.paused_treatment:
            said["paused_treatment"] = route.paused_treatment
        if self.dialled:
            said["dialled"] = self.dialled
        if self.is_handed:
            said["handoff_kind"] = route.handoff_kind
            said["handoff_target"] = route.handoff_target
            said["fallback_number"] = route.fallback_number
        return said


def answer_call(call: InboundCall, route: CallRoute, path: CallPath) -> Answer:
    """Answer a call to this route."""
    what, target = _dialled_first(route, path)
    if _may_come_back(route, target) and path.repeated.are_too_many(call, route):
        return Answer(twiml.reject_call("busy"), REPEATED)
    refusal = _refusal(what, target, call, route, path) if target else None
    if refusal is None:
        # The last resort must not depend on what writes hand-offs: it is also for the case that this has failed.
        write = _answer_unavailable if route.decision == UNAVAILABLE else twiml.answer_call
        document = write(route, call.has_caller_id, path.twiml)
        is_handed = route.decision == ROUTED
        return Answer(document, is_handed=is_handed, dialled=None if is_handed else target)
    if route.decision == PAUSED:
        return Answer(twiml.reject_call("busy"), refusal)
    if route.decision == UNAVAILABLE:
        return Answer(twiml.apologise(), refusal)
    return answer_failed_handoff(call, route, path, refusal)


def answer_failed_handoff(call: InboundCall, route: CallRoute, path: CallPath, refusal: str | None = None) -> Answer:
    """Put the caller of a failed or refused hand-off through to somebody else, or apologise.

    The number of last resort is for who is left without anybody because nothing is known, or something was refused; an
    agent without a fallback number who did not answer wants none.
    """
    refusals = [refusal] if refusal else []
    if path.repeated.are_too_many(call, route):
        return Answer(twiml.apologise(), _join([*refusals, REPEATED]))
    tried = [("fallback number", route.fallback_number)] if route.decision == ROUTED else []
    for what, target in [*tried, (LAST_RESORT, path.twiml.fallback_number)]:
        if not target or (what == LAST_RESORT and route.decision != UNAVAILABLE and not refusals):
            continue
        why_not = _refusal(what, target, call, route, path)
        if why_not is None:
            return Answer(_dial(target, call, route, path), _join(refusals), dialled=target)
        refusals.append(why_not)
    return Answer(twiml.apologise(), _join(refusals))


def _may_come_back(route: CallRoute, target: str | None) -> bool:
    return target is not None or (route.decision == ROUTED and route.handoff_kind in DIALLING_KINDS)


def _answer_unavailable(route: CallRoute, has_caller_id: bool, settings: TwimlSettings) -> str:
    return twiml.answer_unavailable(has_caller_id, route.phone_number, settings)


def _dialled_first(route: CallRoute, path: CallPath) -> tuple[str, str | None]:
    """Return which telephone the route's own document dials, if any."""
    if route.decision == ROUTED:
        return "hand-off", route.handoff_target if route.handoff_kind == "phone" else None
    if route.decision == PAUSED:
        return "forward", route.paused_forward_to
    return LAST_RESORT, path.twiml.fallback_number if route.decision == UNAVAILABLE else None


def _refusal(what: str, target: str, call: InboundCall, route: CallRoute, path: CallPath) -> str | None:
    """Say why a telephone is not dialled, None if it may be.

    Whether it is a number of ours is asked of those who know the routes, mostly this worker. It never makes a call
    fail: they answer within their deadlines, and whoever knows nothing does not say that it is ours. When they knew
    nothing of the dialled number a moment ago they are not asked again; should the number of last resort be ours, its
    own call ends the loop, because nobody is put through to the very number that was called.
    """

    def is_ours(phone_number: str) -> bool:
        is_asked = route.decision != UNAVAILABLE
        return is_asked and path.lookup.find(phone_number).route.decision not in NOT_OURS

    why_not = why_not_dialled(target, route, call.forwarded_from, is_ours)
    return f"{what} refused: {why_not}" if why_not else None


def _dial(target: str, call: InboundCall, route: CallRoute, path: CallPath) -> str:
    return twiml.dial_instead(target, route.phone_number, call.has_caller_id, path.twiml)


def _join(refusals: list[str]) -> str | None:
    return "; ".join(refusals) or None
