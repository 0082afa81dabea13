"""Follow the verbs that let the caller hear something: Say, Play, Pause."""

from xml.etree.ElementTree import Element

from simulator.call_in_progress import CallInProgress, VerbSteps
from simulator.story import HEARD, Step, problem
from simulator.twiml_document import text_of

MAXIMUM_SPEECH_CHARACTERS = 4096
WORDS_PER_SECOND = 2.5
RECORDING_SECONDS = 5.0
DEFAULT_PAUSE_SECONDS = 1


def follow_say(live: CallInProgress, verb: Element) -> VerbSteps:
    """Read the text aloud."""
    live.answer()
    speech = text_of(verb)
    if len(speech) > MAXIMUM_SPEECH_CHARACTERS:
        yield problem(f"<Say> holds {len(speech)} characters; at most {MAXIMUM_SPEECH_CHARACTERS} are spoken")
        return None
    live.pass_time(len(speech.split()) / WORDS_PER_SECOND)
    yield Step(kind=HEARD, text=f'The caller hears "{speech}"')
    return None


def follow_play(live: CallInProgress, verb: Element) -> VerbSteps:
    """Play a recording, which is named and not fetched."""
    live.answer()
    live.pass_time(RECORDING_SECONDS)
    recording = live.resolve(text_of(verb)) if text_of(verb) else f"the tones {verb.get('digits', '')}"
    yield Step(kind=HEARD, text=f"The caller hears {recording}")
    return None


def follow_pause(live: CallInProgress, verb: Element) -> VerbSteps:
    """Let the caller hear silence, ``length`` seconds of it."""
    live.answer()
    length = verb.get("length", "")
    seconds = int(length) if length.isdecimal() and int(length) > 0 else DEFAULT_PAUSE_SECONDS
    live.pass_time(seconds)
    yield Step(kind=HEARD, text=f"The caller hears {seconds} s of silence")
    return None
