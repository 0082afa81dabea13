"""Follow Connect: give the call to an agent's WebSocket.

https://www.twilio.com/docs/voice/twiml/connect
"""

from xml.etree.ElementTree import Element

from simulator.call_in_progress import CallInProgress, HangUp, VerbSteps, action_of
from simulator.conversation_relay import follow_conversation_relay
from simulator.media_stream import follow_stream
from simulator.story import ACTION, problem

NOUNS = {"Stream": follow_stream, "ConversationRelay": follow_conversation_relay}
SCHEMA_WARNING = 12200


def follow_connect(live: CallInProgress, verb: Element) -> VerbSteps:
    """Hold the conversation of the first noun, then request ``action`` with what the noun reports.

    Without an ``action`` the verbs that follow are reached only if the caller is still there, that is if it was the
    agent that ended the conversation.
    """
    live.answer()
    noun = next((child for child in verb if child.tag in NOUNS), None)
    if noun is None:
        yield problem("<Connect> holds no noun that the simulator knows", SCHEMA_WARNING)
        return None
    parameters = yield from NOUNS[noun.tag](live, noun)
    following = action_of(live, verb, ACTION, parameters)
    if following is None and live.caller_hung_up:
        return HangUp()
    return following
