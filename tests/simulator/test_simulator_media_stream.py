"""A Stream speaks Twilio's Media Streams protocol over a real WebSocket, and fails as Twilio's fails."""

import base64
from pathlib import Path
from typing import Any

import pytest
from conftest import CALLED, CALLER, PlaceCall, Story
from recording_server import RecordingServer
from scripted_agent import receive, scripted_agent, send
from websockets.asyncio.server import ServerConnection

from simulator.account import SimulatedAccount
from simulator.certificates import load_or_create_certificates
from simulator.example_agent import ExampleAgent
from simulator.place_call import place_call
from simulator.signature import sign
from simulator.story import SimulatedCall

PARAMETERS = '<Parameter name="agent_name" value="Clara &amp; Co"/><Parameter name="location_name" value="Main St"/>'


@pytest.fixture
def place_stream(place: PlaceCall, folder: Path, server: RecordingServer) -> PlaceCall:
    """Place a call whose voice URL connects a stream to the given WebSocket."""
    server.answer("/after", "<Say>After</Say>")
    authority = load_or_create_certificates(folder).authority

    def place_one(url: str, attributes: str = "", children: str = PARAMETERS, **configuration: object) -> Story:
        stream = f'<Stream url="{url}" statusCallback="/stream-status" {attributes}>{children}</Stream>'
        configuration.setdefault("certificate_authority", authority)
        return place(f'<Connect action="/after">{stream}</Connect><Say>Below</Say>', **configuration)

    return place_one


def sent(story: Story, event: str) -> list[Any]:
    messages = [message for step in story.of_kind("websocket_sent") for message in step.messages]
    return [message for message in messages if message["event"] == event]


def events(server: RecordingServer) -> list[str]:
    return [request.parameters["StreamEvent"] for request in server.requests_to("/stream-status")]


def test_stream_reaches_the_example_agent(place_stream: PlaceCall, agent: ExampleAgent) -> None:
    """The agent's tone is heard, its mark confirmed, and the call counts as handed over."""
    story = place_stream(agent.stream_url, listen_seconds=0.5)

    received = [message["event"] for message in story.of_kind("websocket_received")[0].messages]
    assert received.count("mark") == 1
    assert received.count("media") == 10 + 3
    assert sent(story, "mark")[0]["mark"] == {"name": "end of tone"}
    assert "0.26 s of the agent's audio" in story.heard()
    assert story.outcome.reached == agent.stream_url
    assert story.error_codes() == []


def test_start_tells_the_agent_which_call_it_is(
    place_stream: PlaceCall, agent: ExampleAgent, account: SimulatedAccount
) -> None:
    """The custom parameters are those of the TwiML, and the media is 8 kHz mu-law."""
    story = place_stream(agent.stream_url)

    message = sent(story, "start")[0]
    assert message["streamSid"].startswith("MZ")
    assert message["start"] == {
        "accountSid": account.account_sid,
        "callSid": story.outcome.call_sid,
        "streamSid": message["streamSid"],
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"agent_name": "Clara & Co", "location_name": "Main St"},
    }


def test_messages_are_numbered_and_media_is_paced(place_stream: PlaceCall, agent: ExampleAgent) -> None:
    """Each frame is 20 ms of mu-law, and stop is the last message."""
    story = place_stream(agent.stream_url)

    media = sent(story, "media")
    assert [message["media"]["chunk"] for message in media] == ["1", "2", "3"]
    assert [message["media"]["timestamp"] for message in media] == ["20", "40", "60"]
    assert {len(base64.b64decode(message["media"]["payload"])) for message in media} == {160}
    stop = sent(story, "stop")[0]
    assert stop["stop"]["callSid"] == story.outcome.call_sid
    assert int(stop["sequenceNumber"]) > int(media[-1]["sequenceNumber"])


def test_handshake_is_signed(place_stream: PlaceCall, folder: Path, account: SimulatedAccount) -> None:
    """The WebSocket's upgrade carries X-Twilio-Signature over its URL."""
    signatures: list[str] = []

    async def note_signature(connection: ServerConnection) -> None:
        assert connection.request is not None
        signatures.append(connection.request.headers["X-Twilio-Signature"])
        await receive(connection, event="stop")

    with scripted_agent(folder, note_signature) as url:
        place_stream(url)

    assert signatures == [sign(url, {}, account.auth_token)]


def test_caller_who_hangs_up_ends_the_call(
    place_stream: PlaceCall, agent: ExampleAgent, server: RecordingServer
) -> None:
    """The action is requested with the call completed, and nobody is there to follow its answer."""
    story = place_stream(agent.stream_url)

    request = server.requests_to("/after")[0]
    assert request.parameters["CallStatus"] == "completed"
    assert not {"SessionStatus", "StreamEvent", "ErrorCode"} & request.parameters.keys()
    assert "After" not in story.heard()
    assert events(server) == ["stream-started", "stream-stopped"]


def test_agent_that_closes_gives_the_call_back(place_stream: PlaceCall, folder: Path, server: RecordingServer) -> None:
    """Only the agent's closing lets Twilio go on with the TwiML."""

    async def close_at_start(connection: ServerConnection) -> None:
        await receive(connection, event="start")

    with scripted_agent(folder, close_at_start) as url:
        story = place_stream(url)

    assert server.requests_to("/after")[0].parameters["CallStatus"] == "in-progress"
    assert story.heard() == 'The caller hears "After"'
    assert story.error_codes() == [31921]
    assert story.outcome.reached == url


def test_connect_without_action_goes_on_below(place: PlaceCall, agent: ExampleAgent) -> None:
    """Without an action the next verb is reached if the stream failed."""
    story = place(f'<Connect><Stream url="{agent.stream_url}/nowhere"/></Connect><Say>Below</Say>')

    assert story.heard() == 'The caller hears "Below"'


def test_connect_without_action_ends_when_the_caller_hangs_up(place: PlaceCall, agent: ExampleAgent) -> None:
    """Nobody hears the verbs below."""
    stream = f'<Connect><Stream url="{agent.stream_url}"/></Connect><Say>Below</Say>'

    story = place(stream, certificate_authority=agent.certificate_authority)

    assert "Below" not in story.heard()


def test_failed_handshake_is_reported_and_the_call_goes_on(
    place_stream: PlaceCall, agent: ExampleAgent, server: RecordingServer
) -> None:
    """Error 31920 goes to the stream's status callback; the action is requested with the caller still there."""
    story = place_stream(agent.stream_url + "/nowhere")

    report = server.requests_to("/stream-status")[0].parameters
    assert report["StreamEvent"] == "stream-error"
    assert "404" in report["StreamError"]
    assert story.error_codes() == [31920]
    assert server.requests_to("/after")[0].parameters["CallStatus"] == "in-progress"
    assert story.heard() == 'The caller hears "After"'
    assert story.outcome.reached is None


def test_agent_that_is_down_refuses_the_stream(place_stream: PlaceCall, folder: Path) -> None:
    """Nobody listens: error 31902."""

    async def say_nothing(connection: ServerConnection) -> None:
        pass

    with scripted_agent(folder, say_nothing) as url:
        pass

    assert place_stream(url).error_codes() == [31902]


def test_agent_without_a_trusted_certificate_is_not_reached(place_stream: PlaceCall, agent: ExampleAgent) -> None:
    """Twilio takes no self-signed certificate: error 31910."""
    assert place_stream(agent.stream_url, certificate_authority=None).error_codes() == [31910]


@pytest.mark.parametrize(
    ("url", "attributes", "children", "error_code"),
    [
        ("ws://localhost/stream", "", "", 31922),
        ("https://localhost/stream", "", "", 31922),
        ("wss://localhost/stream?agent=1", "", "", 31920),
        ("wss://localhost/stream", 'track="both_tracks"', "", 31941),
        ("wss://localhost/stream", "", f'<Parameter name="a" value="{"b" * 499}"/>', None),
    ],
)
def test_stream_that_twilio_refuses_is_not_opened(
    place_stream: PlaceCall, url: str, attributes: str, children: str, error_code: int | None
) -> None:
    """Scheme, query string, track and the length of parameters are checked before anything is opened."""
    story = place_stream(url, attributes, children)

    assert story.error_codes() == [error_code]
    assert story.of_kind("websocket_opened") == []


def test_message_that_twilio_does_not_know_is_a_problem(place_stream: PlaceCall, folder: Path) -> None:
    """Error 31924; the stream goes on."""

    async def say_nonsense(connection: ServerConnection) -> None:
        await receive(connection, event="start")
        await connection.send("hello")
        await send(connection, event="speak")
        await send(connection, event="clear")
        await receive(connection, event="stop")

    with scripted_agent(folder, say_nonsense) as url:
        story = place_stream(url)

    assert story.error_codes() == [31924]
    assert [message["event"] for message in story.of_kind("websocket_received")[0].messages] == ["clear"]


def test_example_agent_refuses_a_handshake_of_another_account(
    agent: ExampleAgent, server: RecordingServer, account: SimulatedAccount
) -> None:
    """The agent checks the signature as a real one should."""
    voice_url = server.answer("/voice", f'<Connect><Stream url="{agent.stream_url}"/></Connect>')
    authority = agent.certificate_authority

    call = SimulatedCall(
        CALLER, CALLED, voice_url, account.account_sid, "another token", certificate_authority=authority
    )
    story = Story(place_call(call))

    assert "403" in story.of_kind("problem")[0].text
