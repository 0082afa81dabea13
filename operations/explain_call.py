"""Explain a call that was found at Twilio by what its number was then: pure.

How a call was answered is only known where it was noted; afterwards there is its status at Twilio. A refusal of ours
leaves a status that tells it, so it is taken for the decision. A call that was answered may have met the agent,
somebody in its place, or Twilio's apology for us being away: about it no decision is claimed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from operations.call_story import WHY
from operations.number_history import NumberThen
from routing.call_route import PAUSED, PENDING, RELEASED, ROUTED, UNASSIGNED
from routing.route_queries import decide

FOUND = "reconciled from Twilio's call list"
BUSY, NO_ANSWER, COMPLETED = "busy", "no-answer", "completed"
# The status that a refusal leaves (https://www.twilio.com/docs/voice/twiml/reject), by decision and treatment.
LEFT_BY_REFUSAL = {
    (PAUSED, "busy"): BUSY,
    (PAUSED, "not_in_service"): NO_ANSWER,
    (PENDING, None): BUSY,
    (UNASSIGNED, None): BUSY,
    (RELEASED, None): NO_ANSWER,
}
# What else may happen to a call to such a number. Whoever hangs up early (canceled) may do so anywhere.
MAY_END_AS = {
    (ROUTED, None): (COMPLETED, NO_ANSWER),
    (PAUSED, "message"): (COMPLETED,),
    (PAUSED, "forward"): (COMPLETED, NO_ANSWER, BUSY),
}
CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a call's number was, what was decided if that is certain, and whether the call's end fits that."""

    then: NumberThen | None
    decision: str | None
    reason: str
    is_explained: bool


def explain(status: str, states: Sequence[NumberThen]) -> Explanation:
    """Explain a call that ended as `status` by the first of the states (the likeliest first) that its end fits."""
    for then in states:
        decision, treatment = _route(then)
        if LEFT_BY_REFUSAL.get((decision, treatment)) == status:
            return Explanation(then, decision, f"{FOUND}; {WHY[decision]}", True)
        if status == CANCELED or status in MAY_END_AS.get((decision, treatment), ()):
            return Explanation(then, None, f"{FOUND}; {WHY[decision]}", True)
    if not states:
        return Explanation(None, None, f"{FOUND}; the audit trail does not tell what the number was", False)
    decision, _ = _route(states[0])
    return Explanation(states[0], None, f"{FOUND}; {WHY[decision]}, which does not explain this end", False)


def _route(then: NumberThen) -> tuple[str, str | None]:
    return decide(then.status, then.agent_id), then.paused_treatment if then.status == PAUSED else None
