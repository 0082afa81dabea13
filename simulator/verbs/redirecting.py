"""Follow Redirect: go on with the TwiML of another URL."""

from xml.etree.ElementTree import Element

from simulator.call_in_progress import CallInProgress, Fetch, HangUp, VerbSteps
from simulator.story import REDIRECT, problem
from simulator.twiml_document import text_of


def follow_redirect(live: CallInProgress, verb: Element) -> VerbSteps:
    """Fetch the URL in the element's text; verbs after it are not reached.

    https://www.twilio.com/docs/voice/twiml/redirect. Whether Twilio answers before it asks is not documented; that
    ``<Reject>`` is the only way not to be answered is, so the call counts as answered (and is billed).
    """
    live.answer()
    url = text_of(verb)
    if not url:
        yield problem("<Redirect> names no URL, so the call ends")
        return HangUp()
    return Fetch(REDIRECT, live.resolve(url), verb.get("method", "POST"))
