"""ConversationRelay speaks Twilio's protocol over a real WebSocket, and tells the action how it ended."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import CALLED, CALLER, PlaceCall, Story
from recording_server import RecordingServer
from scripted_agent import receive, scripted_agent, send
from websockets.asyncio.server import ServerConnection

from simulator.certificates import load_or_create_certificates
from simulator.example_agent import ExampleAgent
from simulator.websocket_server import Converse

PARAMETERS = '<Parameter name="agent_name" value="Clara"/><Parameter name="location_name" value="Main St"/>'


@pytest.fixture
def place_relay(place: PlaceCall, folder: Path, server: RecordingServer) -> Callable[..., Story]:
    """Place a call whose voice URL connects a session to the given WebSocket."""
    server.answer("/after", "<Say>After</Say>")
    authority = load_or_create_certificates(folder).authority

    def place_one(url: str, attributes: str = "", **configuration: object) -> Story:
        relay = f'<ConversationRelay url="{url}" {attributes}>{PARAMETERS}</ConversationRelay>'
        configuration.setdefault("certificate_authority", authority)
        return place(f'<Connect action="/after">{relay}</Connect>', **configuration)

    return place_one


def test_caller_talks_with_the_example_agent(place_relay: PlaceCall, agent: ExampleAgent) -> None:
    """The agent greets with the names that were passed along, and answers what the caller says."""
    story = place_relay(agent.relay_url, 'welcomeGreeting="Welcome"', caller_says="Are you open?")

    assert story.heard().split("\n") == [
        'The caller hears "Welcome"',
        'The caller hears "Hello, this is Clara at Main St."',
        'The caller hears "I heard: Are you open? How can I help?"',
    ]
    assert story.outcome.reached == agent.relay_url


def test_setup_tells_the_agent_which_call_it_is(place_relay: PlaceCall, agent: ExampleAgent) -> None:
    """Setup carries the call, the forwarding line and the custom parameters."""
    story = place_relay(agent.relay_url, forwarded_from="+14155550106")

    setup = story.of_kind("websocket_sent")[0].messages[0]
    assert setup["type"] == "setup"
    assert setup["sessionId"].startswith("VX")
    assert setup["callSid"] == story.outcome.call_sid
    assert (setup["from"], setup["to"], setup["forwardedFrom"]) == (CALLER, CALLED, "+14155550106")
    assert setup["customParameters"] == {"agent_name": "Clara", "location_name": "Main St"}


def test_prompt_is_what_the_caller_says_in_the_language_set(place_relay: PlaceCall, agent: ExampleAgent) -> None:
    """One prompt is sent, whole."""
    story = place_relay(agent.relay_url, 'language="de-DE"', caller_says="Hallo")

    assert story.of_kind("websocket_sent")[1].messages == (
        {"type": "prompt", "voicePrompt": "Hallo", "lang": "de-DE", "last": True},
    )


def test_action_after_the_caller_hung_up_says_completed(
    place_relay: PlaceCall, agent: ExampleAgent, server: RecordingServer
) -> None:
    """SessionStatus and CallStatus are completed, and nothing more is heard."""
    story = place_relay(agent.relay_url)

    sent = server.requests_to("/after")[0].parameters
    assert (sent["SessionStatus"], sent["CallStatus"]) == ("completed", "completed")
    assert sent["SessionId"].startswith("VX")
    assert sent["SessionDuration"].isdecimal()
    assert not {"HandoffData", "ErrorCode"} & sent.keys()
    assert "After" not in story.heard()


def test_action_after_the_agent_ended_gets_its_handoff_data(
    place_relay: PlaceCall, folder: Path, server: RecordingServer
) -> None:
    """SessionStatus is ended, and the call goes on with the action's TwiML."""
    handoff = json.dumps({"reasonCode": "live-agent", "reason": "ä & <b>"})

    async def hand_over(connection: ServerConnection) -> None:
        await receive(connection, type="setup")
        await send(connection, type="text", token="One moment", last=False)
        await send(connection, type="end", handoffData=handoff)
        await asyncio.wait_for(connection.recv(), 5)

    with scripted_agent(folder, _until_closed(hand_over)) as url:
        story = place_relay(url)

    sent = server.requests_to("/after")[0].parameters
    assert (sent["SessionStatus"], sent["CallStatus"]) == ("ended", "in-progress")
    assert sent["HandoffData"] == handoff
    assert story.heard().split("\n") == ['The caller hears "One moment"', 'The caller hears "After"']


def test_action_after_the_agent_vanished_says_failed(
    place_relay: PlaceCall, folder: Path, server: RecordingServer
) -> None:
    """A WebSocket that closes without an end is a failure, with the caller still on the line."""

    async def vanish(connection: ServerConnection) -> None:
        await receive(connection, type="setup")

    with scripted_agent(folder, vanish) as url:
        story = place_relay(url)

    sent = server.requests_to("/after")[0].parameters
    assert (sent["SessionStatus"], sent["ErrorCode"], sent["CallStatus"]) == ("failed", "64105", "in-progress")
    assert sent["ErrorMessage"]
    assert story.heard() == 'The caller hears "After"'


@pytest.mark.parametrize("url", ["ws://localhost/relay", "http://localhost/relay", ""])
def test_session_over_anything_but_wss_fails(place_relay: PlaceCall, server: RecordingServer, url: str) -> None:
    """The URL must be wss; the action is told that the session failed."""
    story = place_relay(url)

    assert server.requests_to("/after")[0].parameters["SessionStatus"] == "failed"
    assert story.outcome.reached is None


def test_agent_that_cannot_be_reached_fails_the_session(
    place_relay: PlaceCall, agent: ExampleAgent, server: RecordingServer
) -> None:
    """A refused handshake reaches the action as a failed session."""
    story = place_relay(agent.relay_url + "/nowhere")

    sent = server.requests_to("/after")[0].parameters
    assert (sent["SessionStatus"], sent["ErrorCode"]) == ("failed", "64102")
    assert story.error_codes() == [64102]


def test_message_that_twilio_does_not_know_is_a_problem(place_relay: PlaceCall, folder: Path) -> None:
    """Error 64107; the session goes on."""

    async def say_nonsense(connection: ServerConnection) -> None:
        await receive(connection, type="setup")
        await connection.send("hello")
        await send(connection, type="text", token="Hi", last=True)
        await receive(connection, type="prompt")
        await send(connection, type="text", token="Bye", last=True)

    with scripted_agent(folder, _until_closed(say_nonsense)) as url:
        story = place_relay(url)

    assert story.error_codes() == [64107]
    assert "Bye" in story.heard()


def _until_closed(script: Converse) -> Converse:
    """Let the script run, and then leave the closing to Twilio."""

    async def run(connection: ServerConnection) -> None:
        await script(connection)
        async for _ in connection:
            pass

    return run
