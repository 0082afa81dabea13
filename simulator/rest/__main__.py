"""Run the simulated Twilio: ``python -m simulator.rest --folder DIR --port 8766``."""

import argparse
import os
import sys
import time
from pathlib import Path

from simulator.rest.provisioning import Provisioning
from simulator.rest.server import RunningSimulator
from simulator.rest.simulator import create_simulator

PARENT_CHECK_SECONDS = 0.5


def main() -> None:
    """Serve until interrupted or, if asked, until the process that started this one is gone."""
    arguments = _parser().parse_args()
    parent = os.getppid()
    provisioning = Provisioning(seconds=arguments.provisioning_seconds)
    with RunningSimulator(create_simulator(arguments.folder, provisioning), arguments.port) as running:
        _say(f"The simulated Twilio answers on {running.base_url}; its account is in {arguments.folder}/account.json")
        try:
            while not arguments.until_parent_exits or os.getppid() == parent:
                time.sleep(PARENT_CHECK_SECONDS)
        except KeyboardInterrupt:
            _say("The simulated Twilio stops")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulator.rest", description="Twilio's REST API, simulated.")
    parser.add_argument("--folder", type=Path, required=True, help="where accounts, numbers and calls are kept")
    parser.add_argument("--port", type=int, default=8766, help="0 takes a free one (default: 8766)")
    parser.add_argument(
        "--provisioning-seconds", type=float, default=0.0, help="how long a number just bought is pending (default: 0)"
    )
    parser.add_argument("--until-parent-exits", action="store_true", help="stop when the starting process is gone")
    return parser


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
