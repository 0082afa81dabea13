"""TwiML is followed verb by verb as Twilio follows it, and billed as Twilio bills."""

import pytest
from conftest import CALLER, PlaceCall, Story
from recording_server import RecordingServer

from simulator.story import SimulatedCall

NUMBER = "+14155550177"


def kinds(story: Story) -> list[str]:
    return [step.kind for step in story]


@pytest.mark.parametrize(
    ("reject", "call_status"),
    [("<Reject/>", "no-answer"), ('<Reject reason="rejected"/>', "no-answer"), ('<Reject reason="busy"/>', "busy")],
)
def test_call_refused_first_is_never_answered_nor_billed(place: PlaceCall, reject: str, call_status: str) -> None:
    """Reject as the first verb is the only way not to pay; verbs after it are not reached."""
    story = place(f"{reject}<Say>Never heard</Say>")

    assert kinds(story) == ["webhook", "refused", "billed", "ended"]
    assert story.outcome.call_status == call_status
    assert not story.outcome.answered
    assert not story.outcome.billed
    assert story.outcome.duration_seconds == 0


def test_call_refused_after_it_was_answered_is_billed(place: PlaceCall) -> None:
    """Whatever comes before Reject answers the call."""
    story = place("<Say>Sorry</Say><Reject/>")

    assert "refused" not in kinds(story)
    assert story.outcome.billed
    assert story.outcome.call_status == "completed"


def test_unknown_reason_of_a_refusal_is_a_problem(place: PlaceCall) -> None:
    """Error 13810; the call is refused all the same."""
    story = place('<Reject reason="closed"/>')

    assert story.error_codes() == [13810]
    assert story.outcome.call_status == "no-answer"


@pytest.mark.parametrize("verbs", ["", "<Hangup/>", "<Pause/>"])
def test_any_other_answer_is_billed(place: PlaceCall, verbs: str) -> None:
    """An empty response and a hang-up answer the call too."""
    story = place(verbs)

    assert story.outcome.answered
    assert story.outcome.billed
    assert story.outcome.call_status == "completed"


def test_caller_hears_speech_recordings_and_silence_in_order(place: PlaceCall, server: RecordingServer) -> None:
    """Relative URLs of recordings belong to the document, and the call lasts as long as what is heard."""
    story = place('<Say voice="alice">Good\n  morning</Say><Play>/tune.mp3</Play><Pause length="3"/>')

    tune = server.url("/tune.mp3")
    assert story.heard().split("\n") == [
        'The caller hears "Good morning"',
        f"The caller hears {tune}",
        "The caller hears 3 s of silence",
    ]
    assert story.outcome.duration_seconds == 9


def test_verbs_after_a_hangup_are_not_reached(place: PlaceCall) -> None:
    """Hangup is the end."""
    assert "Never" not in place("<Hangup/><Say>Never heard</Say>").heard()


def test_unknown_verb_is_a_warning_and_ignored(place: PlaceCall) -> None:
    """Names are case-sensitive; the call goes on with the next verb."""
    story = place("<say>Nothing</say><Say>Something</Say>")

    assert story.error_codes() == [12200]
    assert story.heard() == 'The caller hears "Something"'


def test_redirect_goes_on_with_another_document(place: PlaceCall, server: RecordingServer) -> None:
    """The same call is posted to the new URL, in progress; verbs after Redirect are not reached."""
    server.answer("/other/start", "<Redirect>next</Redirect>")
    server.answer("/other/next", "<Say>Here</Say>")

    story = place("<Redirect>/other/start</Redirect><Say>Not here</Say>")

    first, second, third = server.requests
    assert second.parameters["CallSid"] == third.parameters["CallSid"] == first.parameters["CallSid"]
    assert second.parameters["CallStatus"] == "in-progress"
    assert third.target == "/other/next"
    assert story.heard() == 'The caller hears "Here"'
    assert story.outcome.reached == server.url("/other/next")


def test_redirect_by_get_sends_the_call_in_the_query(place: PlaceCall, server: RecordingServer) -> None:
    """method="GET" of Redirect keeps the query string that is there."""
    server.answer("/next", "<Hangup/>")

    place('<Redirect method="GET">/next?a=1</Redirect>')

    request = server.requests_to("/next")[0]
    assert request.method == "GET"
    assert request.parameters["a"] == "1"
    assert request.parameters["From"] == CALLER


def test_endless_redirects_come_to_an_end(place: PlaceCall, server: RecordingServer) -> None:
    """A document that redirects to itself is followed twenty times."""
    story = place("<Redirect>/voice</Redirect>")

    assert len(server.requests) == 20
    assert "application error" in story.heard()


@pytest.mark.parametrize(
    ("noun", "address"),
    [
        (NUMBER, NUMBER),
        (f"<Number>{NUMBER}</Number>", NUMBER),
        ("<Sip>sip:agent@example.org;transport=tls</Sip>", "sip:agent@example.org;transport=tls"),
        ("<Client>maria</Client>", "client:maria"),
        ("<Client><Identity>maria</Identity></Client>", "client:maria"),
    ],
)
def test_answered_dial_reaches_the_party(place: PlaceCall, noun: str, address: str) -> None:
    """A number, a SIP address and a client can be dialled; without an action the next verb follows."""
    story = place(f"<Dial>{noun}</Dial><Say>Back again</Say>")

    assert story.outcome.reached == address
    assert story.outcome.billed
    assert "Back again" in story.heard()


def test_dialled_parties_get_headers_and_parameters(place: PlaceCall) -> None:
    """What is passed along is in the step, decoded."""
    sip = place("<Dial><Sip>sip:agent@example.org?X-agent=Clara%20A&amp;X-place=Main</Sip></Dial>")
    client = place('<Dial><Client><Identity>maria</Identity><Parameter name="a" value="b &amp; c"/></Client></Dial>')

    assert sip.of_kind("dialled")[0].parameters == {"X-agent": "Clara A", "X-place": "Main"}
    assert client.of_kind("dialled")[0].parameters == {"a": "b & c"}


def test_action_is_told_how_an_answered_dial_went(place: PlaceCall, server: RecordingServer) -> None:
    """DialCallStatus is completed, with duration and SID; what comes back is followed, what stands below is not."""
    server.answer("/after", "<Say>Thank you</Say>")

    story = place(f'<Dial action="/after">{NUMBER}</Dial><Say>Not reached</Say>', talk_seconds=7)

    sent = server.requests_to("/after")[0].parameters
    assert sent["DialCallStatus"] == "completed"
    assert sent["DialCallDuration"] == "7"
    assert sent["DialBridged"] == "true"
    assert sent["DialCallSid"].startswith("CA")
    assert sent["DialCallSid"] != sent["CallSid"]
    assert sent["CallStatus"] == "in-progress"
    assert story.heard() == 'The caller hears "Thank you"'


@pytest.mark.parametrize("outcome", ["busy", "no-answer", "failed"])
def test_action_dials_the_fallback_number_which_answers(
    place: PlaceCall, server: RecordingServer, outcome: str
) -> None:
    """A named outcome is that of the first Dial; the second one is answered."""
    server.answer("/after", "<Dial>+14155550188</Dial>")

    story = place(f'<Dial action="/after">{NUMBER}</Dial>', dial_outcome=outcome)

    sent = server.requests_to("/after")[0].parameters
    assert (sent["DialCallStatus"], sent["DialBridged"]) == (outcome, "false")
    assert "DialCallDuration" not in sent
    assert story.outcome.reached == "+14155550188"


def test_outcomes_in_order_repeat_the_last(place: PlaceCall, server: RecordingServer) -> None:
    """Several outcomes are played one for each Dial."""
    server.answer("/second", '<Dial action="/third">+14155550188</Dial>')
    server.answer("/third", "<Dial>+14155550189</Dial>")

    story = place(f'<Dial action="/second">{NUMBER}</Dial>', dial_outcome=("no-answer", "busy"))

    assert server.requests_to("/third")[0].parameters["DialCallStatus"] == "busy"
    assert story.outcome.reached is None


def test_outcome_that_no_dial_can_have_is_refused() -> None:
    """A wrong word is told at once, with the right ones."""
    with pytest.raises(ValueError, match="busy, no-answer, failed"):
        SimulatedCall(CALLER, NUMBER, "http://localhost/", "AC", "token", dial_outcome="engaged")


def test_unanswered_dial_on_bridge_is_not_billed(place: PlaceCall, server: RecordingServer) -> None:
    """With answerOnBridge the caller only ever heard ringing."""
    server.answer("/after", "")

    story = place(f'<Dial answerOnBridge="true">{NUMBER}</Dial>', dial_outcome="busy")

    assert not story.outcome.billed
    assert story.outcome.call_status == "busy"


def test_call_still_ringing_can_be_refused_after_a_dial_on_bridge(place: PlaceCall, server: RecordingServer) -> None:
    """The action of an unanswered bridge may still refuse, unbilled."""
    server.answer("/after", "<Reject/>")

    story = place(f'<Dial answerOnBridge="true" action="/after">{NUMBER}</Dial>', dial_outcome="no-answer")

    assert server.requests_to("/after")[0].parameters["CallStatus"] == "ringing"
    assert not story.outcome.billed


def test_unanswered_dial_without_bridge_is_billed(place: PlaceCall) -> None:
    """Twilio answers first and dials then, unless told otherwise."""
    assert place(f"<Dial>{NUMBER}</Dial>", dial_outcome="busy").outcome.billed


@pytest.mark.parametrize(
    ("dial", "error_code"),
    [
        ("<Dial>12</Dial>", 13223),
        ("<Dial><Number>+1 (415) 555-0177</Number></Dial>", 13223),
        ("<Dial/>", 13223),
        (f'<Dial callerId="+14155550123">{NUMBER}</Dial>', 13214),
        (f'<Dial callerId="anonymous">{NUMBER}</Dial>', 13214),
        (f"<Dial><Sip>sip:{'a' * 250}@example.org</Sip></Dial>", None),
        (f"<Dial><Sip>sip:a@example.org?X-a={'b' * 1024}</Sip></Dial>", None),
        ("<Dial><Sip>sip:a@example.org?Subject=b</Sip></Dial>", None),
        ("<Dial><Sip>sip:a@clara.sip.twilio.com</Sip></Dial>", 13255),
        ("<Dial><Client/></Dial>", None),
    ],
)
def test_dial_that_twilio_refuses_counts_as_failed(
    place: PlaceCall, server: RecordingServer, dial: str, error_code: int | None
) -> None:
    """The action is told so, and its document can still save the call."""
    server.answer("/after", "<Say>Sorry</Say>")

    story = place(dial.replace("<Dial", '<Dial action="/after"', 1))

    assert story.error_codes() == [error_code]
    assert server.requests_to("/after")[0].parameters["DialCallStatus"] == "failed"
    assert story.outcome.reached is None


@pytest.mark.parametrize("caller", ["+266696687", "anonymous", ""])
def test_withheld_caller_cannot_be_shown_to_a_phone(place: PlaceCall, caller: str) -> None:
    """The default callerId is the caller; one that is withheld breaks the dial, and one's own number does not."""
    refused = place(f"<Dial>{NUMBER}</Dial>", from_number=caller)
    shown = place(f'<Dial callerId="+14155550100">{NUMBER}</Dial>', from_number=caller)

    assert refused.error_codes() == [13214]
    assert shown.outcome.reached == NUMBER


def test_verified_number_may_be_shown(place: PlaceCall) -> None:
    """A number that the account owns can be the callerId of any call."""
    story = place(f'<Dial callerId="+14155550123">{NUMBER}</Dial>', verified_numbers=("+14155550123",))

    assert story.outcome.reached == NUMBER
