"""The webhook is posted as Twilio posts it, repeated and redirected by its rules, and given up by its rules."""

import socket

import pytest
from conftest import CALLED, CALLER, PlaceCall
from recording_server import Answer, Recorded, RecordingServer

from simulator.account import SimulatedAccount
from simulator.signature import sign

OK = Answer("<Response><Say>Good</Say></Response>")
APOLOGY = "An application error has occurred. Goodbye."


def unused_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def is_signed(request: Recorded, server: RecordingServer, account: SimulatedAccount) -> bool:
    form = request.parameters if request.method == "POST" else {}
    return request.headers["X-Twilio-Signature"] == sign(server.url(request.target), form, account.auth_token)


def test_webhook_carries_what_twilio_sends_about_a_call(place: PlaceCall, server: RecordingServer) -> None:
    """Every field of a real direct call is there, those that are empty included."""
    story = place("<Say>Hello</Say>")

    sent = server.requests[0].parameters
    assert sent["CallSid"] == story.outcome.call_sid
    assert sent["From"] == sent["Caller"] == CALLER
    assert sent["To"] == sent["Called"] == CALLED
    assert sent["CallStatus"] == "ringing"
    assert sent["Direction"] == "inbound"
    assert sent["ApiVersion"] == "2010-04-01"
    assert sent["StirVerstat"] == "TN-Validation-Passed-A"
    assert sent["CallToken"].startswith("%7B%22parentCallInfoToken%22")
    places = {f"{who}{what}" for who in ("From", "To", "Caller", "Called") for what in ("City", "State", "Zip")}
    assert places <= sent.keys()
    assert not {"ForwardedFrom", "CalledVia"} & sent.keys()


def test_place_that_is_not_known_is_sent_empty(place: PlaceCall, server: RecordingServer) -> None:
    """Twilio sends the keys of the place even when it knows nothing, and signs them."""
    place("<Say>Hello</Say>", from_number="anonymous")

    sent = server.requests[0].parameters
    assert sent["FromCity"] == sent["CallerZip"] == sent["FromCountry"] == ""


def test_forwarded_call_says_which_line_forwarded_it(place: PlaceCall, server: RecordingServer) -> None:
    """ForwardedFrom comes with its undocumented twin CalledVia."""
    place("<Say>Hello</Say>", forwarded_from="+14155550106")

    sent = server.requests[0].parameters
    assert sent["ForwardedFrom"] == sent["CalledVia"] == "+14155550106"
    assert sent["StirVerstat"] == "TN-Validation-Passed-A-Diverted"


def test_client_call_has_neither_place_nor_carrier(place: PlaceCall, server: RecordingServer) -> None:
    """A call from an app did not come over the telephone network."""
    place("<Say>Hello</Say>", from_number="client:maria", to_number="")

    sent = server.requests[0].parameters
    assert sent["ApplicationSid"].startswith("AP")
    assert not {"FromCity", "CallToken", "StirVerstat"} & sent.keys()


def test_extra_parameters_are_added_and_signed(
    place: PlaceCall, server: RecordingServer, account: SimulatedAccount
) -> None:
    """Twilio adds fields without notice; a test may do so too."""
    place("<Say>Hello</Say>", extra_parameters=(("CallerName", "Zoë & Søn"), ("Direction", "outbound-api")))

    assert server.requests[0].parameters["CallerName"] == "Zoë & Søn"
    assert server.requests[0].parameters["Direction"] == "outbound-api"
    assert is_signed(server.requests[0], server, account)


def test_webhook_has_twilios_headers(place: PlaceCall, server: RecordingServer, account: SimulatedAccount) -> None:
    """The headers are those seen on real webhooks, the signature among them."""
    place("<Say>Hello</Say>")

    request = server.requests[0]
    assert request.method == "POST"
    assert request.headers["User-Agent"] == "TwilioProxy/1.1"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded; charset=UTF-8"
    assert request.headers["Connection"] == "close"
    assert request.headers["X-Home-Region"] == "us1"
    assert len(request.headers["I-Twilio-Idempotency-Token"]) == 36
    assert is_signed(request, server, account)


def test_cookies_are_kept_for_one_call(place: PlaceCall, server: RecordingServer) -> None:
    """A cookie set by the first answer comes back with the next request of the same call."""
    voice = Answer("<Response><Redirect>/next</Redirect></Response>", headers={"Set-Cookie": "seen=once"})
    server.answer("/next", "<Say>Hello</Say>")

    place(voice_url=server.answer("/voice", voice))

    assert server.requests_to("/next")[0].headers["Cookie"] == "seen=once"


@pytest.mark.parametrize(("status_code", "method"), [(301, "GET"), (302, "GET"), (307, "POST")])
def test_redirected_webhook_keeps_its_body_only_with_307(
    place: PlaceCall, server: RecordingServer, account: SimulatedAccount, status_code: int, method: str
) -> None:
    """A 301 or 302 becomes a GET without parameters: why an application must never redirect Twilio."""
    server.answer("/moved", "<Say>Hello</Say>")
    moved = Answer(status_code=status_code, headers={"Location": "/moved"})

    place(voice_url=server.answer("/voice", moved))

    request = server.requests_to("/moved")[0]
    assert request.method == method
    assert bool(request.parameters) == (method == "POST")
    assert is_signed(request, server, account)


def test_more_than_ten_redirects_fail(place: PlaceCall, server: RecordingServer) -> None:
    """Twilio follows ten and then gives up."""
    story = place(voice_url=server.answer("/voice", Answer(status_code=307, headers={"Location": "/voice"})))

    assert len(server.requests_to("/voice")) == 11
    assert story.error_codes() == [11215]


def test_error_status_is_not_repeated_by_default(place: PlaceCall, server: RecordingServer) -> None:
    """Out of the box only a connection that did not come about is tried again."""
    story = place(voice_url=server.answer("/voice", Answer(status_code=500), OK))

    assert len(server.requests_to("/voice")) == 1
    assert story.error_codes() == [11217]


def test_error_status_is_repeated_when_the_fragment_says_so(
    place: PlaceCall, server: RecordingServer, account: SimulatedAccount
) -> None:
    """With #rc=2&rp=5xx a second answer is heard; the fragment is neither sent nor signed."""
    url = server.answer("/voice", Answer(status_code=500), Answer(status_code=503), OK)

    story = place(voice_url=url + "#rc=2&rp=5xx,ct,rt")

    attempts = server.requests_to("/voice")
    assert len(attempts) == 3
    assert len({attempt.headers["I-Twilio-Idempotency-Token"] for attempt in attempts}) == 1
    assert all(is_signed(attempt, server, account) for attempt in attempts)
    assert "Good" in story.heard()


def test_retries_end_with_their_count(place: PlaceCall, server: RecordingServer) -> None:
    """rc=1 is one repetition, whatever comes back."""
    url = server.answer("/voice", Answer(status_code=500))

    story = place(voice_url=url + "#rc=1&rp=all")

    assert len(server.requests_to("/voice")) == 2
    assert APOLOGY in story.heard()


def test_client_error_is_repeated_only_under_its_own_policy(place: PlaceCall, server: RecordingServer) -> None:
    """rp=5xx says nothing about a 403."""
    url = server.answer("/voice", Answer(status_code=403), OK)

    place(voice_url=url + "#rc=3&rp=5xx")

    assert len(server.requests_to("/voice")) == 1


def test_slow_answer_is_repeated_under_the_read_timeout_policy(place: PlaceCall, server: RecordingServer) -> None:
    """rt is the patience for an answer, in milliseconds."""
    url = server.answer("/voice", Answer(delay_seconds=1.0), OK)

    story = place(voice_url=url + "#rc=1&rp=rt&rt=400")

    assert len(server.requests_to("/voice")) == 2
    assert "Good" in story.heard()


def test_all_attempts_together_end_with_the_total_timeout(place: PlaceCall, server: RecordingServer) -> None:
    """tt ends the retries however many are allowed."""
    url = server.answer("/voice", Answer(delay_seconds=0.4))

    story = place(voice_url=url + "#rc=5&rp=all&rt=100&tt=250")

    assert len(server.requests_to("/voice")) <= 3
    assert story.error_codes() == [11200]


def test_refused_connection_turns_to_the_fallback_url(place: PlaceCall, server: RecordingServer) -> None:
    """Nobody listens at the voice URL: error 11205."""
    fallback = server.answer("/fallback", "<Say>Please hold</Say>")

    story = place(voice_url=f"http://127.0.0.1:{unused_port()}/voice", fallback_url=fallback)

    assert server.requests[0].parameters["ErrorCode"] == "11205"
    assert "Please hold" in story.heard()


@pytest.mark.parametrize(
    ("answer", "error_code"),
    [
        (Answer(status_code=404), 11217),
        (Answer(status_code=429), 11217),
        (Answer("<Response/>", content_type=None), 11200),
        (Answer('{"twiml": 1}', content_type="application/json"), 12300),
        (Answer("<Response><Say>Hello</Response>"), 12100),
        (Answer("<html><body>Oops</body></html>", content_type="text/html"), 12100),
        (Answer('<!DOCTYPE r [<!ENTITY e "x">]><Response><Say>&e;</Say></Response>'), 12100),
        (Answer("<Response><Say>\x0b</Say></Response>"), 12100),
        (Answer(""), 12100),
        (Answer("<Response>" + " " * 65536 + "</Response>"), 11750),
        (Answer("0\r\n\r\n", headers={"Transfer-Encoding": "chunked"}), 11770),
    ],
)
def test_unusable_answer_turns_to_the_fallback_url_with_its_error(
    place: PlaceCall, server: RecordingServer, account: SimulatedAccount, answer: Answer, error_code: int
) -> None:
    """The fallback URL gets all that the voice URL got, and ErrorCode and ErrorUrl."""
    voice = server.answer("/voice", answer)
    fallback = server.answer("/fallback", "<Say>Please hold</Say>")

    story = place(voice_url=voice + "#rc=0", fallback_url=fallback)

    first, second = server.requests
    assert second.parameters == {**first.parameters, "ErrorCode": str(error_code), "ErrorUrl": voice}
    assert is_signed(second, server, account)
    assert "Please hold" in story.heard()


def test_without_a_fallback_url_the_caller_hears_twilios_apology(place: PlaceCall, server: RecordingServer) -> None:
    """Twilio says one sentence and hangs up; the call is billed."""
    story = place(voice_url=server.answer("/voice", Answer(status_code=500)))

    assert APOLOGY in story.heard()
    assert story.outcome.billed


def test_failing_fallback_url_is_asked_only_once(place: PlaceCall, server: RecordingServer) -> None:
    """There is no fallback for the fallback."""
    voice = server.answer("/voice", Answer(status_code=500))
    fallback = server.answer("/fallback", Answer(status_code=500))

    story = place(voice_url=voice, fallback_url=fallback)

    assert len(server.requests_to("/fallback")) == 1
    assert APOLOGY in story.heard()


def test_plain_text_is_read_aloud_unless_it_is_twiml(place: PlaceCall, server: RecordingServer) -> None:
    """An error page sent as text is spoken to the caller."""
    text = server.answer("/text", Answer("Internal error", content_type="text/plain"))
    twiml = server.answer("/twiml", Answer("<Response><Say>Hi</Say></Response>", content_type="text/plain"))

    assert '"Internal error"' in place(voice_url=text).heard()
    assert '"Hi"' in place(voice_url=twiml).heard()


def test_audio_is_played(place: PlaceCall, server: RecordingServer) -> None:
    """An answer that is a recording is heard as one."""
    url = server.answer("/voice", Answer(b"RIFF", content_type="audio/wav"))

    assert f"The caller hears {url}" in place(voice_url=url).heard()


def test_status_callback_tells_the_end_of_an_answered_call(
    place: PlaceCall, server: RecordingServer, account: SimulatedAccount
) -> None:
    """It comes last, is signed, and counts seconds and billed minutes."""
    place('<Pause length="61"/>', status_callback_url=server.url("/status"))

    request = server.requests[-1]
    assert request.path == "/status"
    assert request.parameters["CallStatus"] == "completed"
    assert request.parameters["CallDuration"] == "61"
    assert request.parameters["Duration"] == "2"
    assert request.parameters["CallbackSource"] == "call-progress-events"
    assert request.parameters["SequenceNumber"] == "0"
    assert request.parameters["Timestamp"].endswith("+0000")
    assert is_signed(request, server, account)


def test_status_callback_of_a_refused_call_counts_no_time(place: PlaceCall, server: RecordingServer) -> None:
    """A call that was never answered lasted 0 seconds."""
    place('<Reject reason="busy"/>', status_callback_url=server.url("/status"))

    sent = server.requests[-1].parameters
    assert (sent["CallStatus"], sent["CallDuration"], sent["Duration"]) == ("busy", "0", "0")


def test_failing_status_callback_is_only_a_warning(place: PlaceCall, server: RecordingServer) -> None:
    """Twilio notes 15003; the call is over anyway."""
    story = place("<Hangup/>", status_callback_url=server.answer("/status", Answer(status_code=500)))

    assert story.error_codes() == [15003]
    assert story.outcome.call_status == "completed"
