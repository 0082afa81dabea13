"""What a start without Twilio's credentials does instead: run a simulated Twilio, which has the sample's numbers."""

import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from config.settings import Settings
from operations.changes import Changes
from operations.sample import PENDING, SampleAtTwilio, create_sample
from operations.twilio_account import TwilioAccount, webhooks_of
from simulator.rest import RunningSimulator, create_simulator, keep_pending

PROJECT = Path(__file__).parents[2]
EXAMPLE_AGENT_PORT = "8765"
EXAMPLE_TWIML_PORT = "8766"
PROVISIONING_SECONDS = "2"
# A simulator of a start before this one ends half a second after it.
WAIT_FOR_PORT_SECONDS = 3.0


def create_simulated_sample(changes: Changes, settings: Settings) -> None:
    """Fill an empty business with the sample, whose numbers are bought from the simulated Twilio.

    That one answers on a port of its own meanwhile, because the one to stay is not started yet. The sample's pending
    number stays pending.
    """
    if settings.twilio_api_url:  # somebody else plays Twilio, of whose numbers nothing is known
        create_sample(changes)
        return
    folder = settings.data_dir / "simulator"
    with RunningSimulator(create_simulator(folder)) as running:
        account = running.simulator.account
        twilio = TwilioAccount(account.account_sid, account.account_sid, account.auth_token, running.base_url)
        is_new = create_sample(changes, SampleAtTwilio(twilio, webhooks_of(settings.public_base)))
        twilio.close()
    if is_new:
        keep_pending(folder, PENDING)


def start_simulated_twilio(settings: Settings) -> None:
    """Start the simulated REST API; it ends with this process. A number bought there is pending for a moment."""
    if settings.twilio_api_url:
        return
    _wait_for_port(settings.simulator_port)
    port = ["--port", str(settings.simulator_port)]
    _start(settings, "simulator.rest", [*port, "--provisioning-seconds", PROVISIONING_SECONDS])


def start_example_agent(settings: Settings) -> None:
    """Start the agent that the sample's WebSocket numbers reach; it ends with this process."""
    _start(settings, "simulator.example_agent", ["--port", EXAMPLE_AGENT_PORT, "--http-port", EXAMPLE_TWIML_PORT])


def _wait_for_port(port: int) -> None:
    """Wait until nobody listens there any more; otherwise this business would talk to another one's Twilio."""
    give_up_at = time.monotonic() + WAIT_FOR_PORT_SECONDS
    while _is_taken(port):
        if time.monotonic() > give_up_at:
            raise click.ClickException(
                f"Port {port}, where the simulated Twilio is to answer, is in use. Is this running already? If not, set"
                " SIMULATOR_PORT to a free one."
            )
        time.sleep(0.1)


def _is_taken(port: int) -> bool:
    with socket.socket() as asking:
        asking.settimeout(1)
        return asking.connect_ex(("127.0.0.1", port)) == 0


def _start(settings: Settings, module: str, options: Sequence[str]) -> None:
    folder = ["--folder", str((settings.data_dir / "simulator").absolute())]
    subprocess.Popen([sys.executable, "-m", module, *folder, *options, "--until-parent-exits"], cwd=PROJECT)
