"""The example agent answers redirected calls, and stops with the process that started it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import requests
from conftest import PlaceCall

from simulator.example_agent import ExampleAgent

ROOT = Path(__file__).parents[2]
STARTER = """
import subprocess, sys
agent = subprocess.Popen([sys.executable, "-m", "simulator.example_agent", "--folder", sys.argv[1], "--port", "0",
                          "--until-parent-exits"], stdout=subprocess.PIPE, text=True)
print(agent.stdout.readline().strip(), flush=True)
print(agent.pid, flush=True)
sys.stdin.read()
"""


def test_redirected_call_is_greeted_with_the_names_passed_along(place: PlaceCall, agent: ExampleAgent) -> None:
    """Whatever characters a name holds, the TwiML is well-formed."""
    name = "O'Neil & <Sons>\x0b"
    url = f"{agent.twiml_url}?agent_name={quote(name)}&amp;location_name=Main&amp;called=%2B14155550100"

    story = place(f"<Redirect>{url}</Redirect>")

    assert story.heard() == ('The caller hears "Hello, this is O\'Neil & <Sons> at Main. You called +14155550100."')
    assert story.error_codes() == []


def test_twiml_is_answered_to_get_and_at_no_other_path(agent: ExampleAgent) -> None:
    """Twilio may be told to redirect by GET."""
    assert agent.twiml_url is not None
    answer = requests.get(agent.twiml_url, timeout=5)

    assert "<Say>Hello, this is the example agent.</Say>" in answer.text
    assert requests.get(agent.twiml_url + "/other", timeout=5).status_code == 404


def test_example_agent_stops_when_the_process_that_started_it_is_gone(tmp_path: Path) -> None:
    """No agent is left behind by a terminal that was closed, not even when its parent was killed."""
    command = [sys.executable, "-c", STARTER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        assert "answers on wss://localhost:" in starter.stdout.readline()
        agent_process = int(starter.stdout.readline())
        starter.send_signal(signal.SIGKILL)

    assert _ends(agent_process)


def _ends(process: int) -> bool:
    """Tell whether the process is gone (or only waits to be reaped) within ten seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{process}/stat").exists() and " Z " in Path(f"/proc/{process}/stat").read_text():
            return True
        time.sleep(0.05)
    return False
