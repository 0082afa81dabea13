"""The verbs of TwiML that the simulator follows, each by a function that tells what happens."""

from collections.abc import Callable
from xml.etree.ElementTree import Element

from simulator.call_in_progress import CallInProgress, VerbSteps
from simulator.verbs.connecting import follow_connect
from simulator.verbs.dialling import follow_dial
from simulator.verbs.ending import follow_hangup, follow_reject
from simulator.verbs.redirecting import follow_redirect
from simulator.verbs.speaking import follow_pause, follow_play, follow_say

VERBS: dict[str, Callable[[CallInProgress, Element], VerbSteps]] = {
    "Connect": follow_connect,
    "Dial": follow_dial,
    "Hangup": follow_hangup,
    "Pause": follow_pause,
    "Play": follow_play,
    "Redirect": follow_redirect,
    "Reject": follow_reject,
    "Say": follow_say,
}

KNOWN_VERBS_NOT_FOLLOWED = frozenset(
    {
        "Enqueue",
        "Gather",
        "Leave",
        "Pay",
        "Prompt",
        "Record",
        "Refer",
        "Siprec",
        "Sms",
        "Start",
        "Stop",
    }
)
