"""Compare three servers, in turn and on the same machine: `python -m benchmarks` (`make bench`).

a. our webhook, with PostgreSQL, Redis and all guarantees, while an admin changes a number every second;
b. a bare Flask view that returns constant TwiML and checks nothing;
c. the handler that Twilio's documentation leads to: RequestValidator, one Redis GET, VoiceResponse.

PostgreSQL runs without fsync, as in the tests. Clients and servers share the machine, and whatever else it does moves
the figures: only the ratios mean something elsewhere. Exit status 1 if an answer was wrong, a record is missing or a
change was not in force.
"""

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from benchmarks.calls import sign_calls
from benchmarks.load import Load
from benchmarks.report import Round, as_json, machine, table, turn_line
from benchmarks.servers import contenders
from benchmarks.stack import Stack
from benchmarks.turn import Plan, take_turn
from config import gunicorn

# More than the fastest server answers. Should the calls run out all the same, they begin again, as replayed webhooks.
CALLS_A_SECOND_AND_CORE = 3_000


def main() -> int:
    """Run the benchmark; return the exit status."""
    options = read_options()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return run(options)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often each server has its turn (3)")
    parser.add_argument("--seconds", type=float, default=8.0, help="measured in each turn (8)")
    parser.add_argument("--warm-up", type=int, default=10, help="calls to every number before that (10)")
    parser.add_argument("--numbers", type=int, default=10_000, help="phone numbers that are called in turn (10,000)")
    parser.add_argument("--connections", type=int, default=24, help="calls at once (24)")
    parser.add_argument(
        "--close", action="store_true", help="a connection for each call, as Twilio does, not kept ones"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="save all figures there too")
    options = parser.parse_args()
    if min(options.rounds, options.seconds, options.warm_up, options.numbers, options.connections) < 1:
        parser.error("all of these are at least 1")
    return options


def run(options: argparse.Namespace) -> int:
    """Prepare everything, give each server its turns, and report."""
    about = machine(f"{gunicorn.worker_class}, {gunicorn.settings.workers} workers of {gunicorn.threads} threads")
    print(about)
    plan = _plan(options)
    connections = "a connection for each call" if options.close else "kept connections"
    print(f"{options.connections} calls at once from {plan.load.client}, {connections}; {options.numbers:,} numbers")
    rounds: list[Round] = []
    with Stack(options.numbers) as stack:
        everybody = contenders(stack)
        for index in range(options.rounds):
            print(f"round {index + 1} of {options.rounds}", flush=True)
            turns: Round = {}
            start = index % len(everybody)
            for contender in everybody[start:] + everybody[:start]:
                turns[contender.letter] = take_turn(contender, stack, plan)
                print(turn_line(contender, turns[contender.letter]), flush=True)
            rounds.append(turns)
    print(f"\n{table(everybody, rounds)}")
    if options.json:
        settings = {name: value for name, value in vars(options).items() if name != "json"}
        found = as_json(everybody, rounds, machine=about, options=settings, client=plan.load.client)
        options.json.write_text(json.dumps(found, indent=2) + "\n")
    return 1 if any(turn.problems for turns in rounds for turn in turns.values()) else 0


def _plan(options: argparse.Namespace) -> Plan:
    warm_up_count = options.warm_up * options.numbers
    count = int(CALLS_A_SECOND_AND_CORE * (os.cpu_count() or 1) * options.seconds)
    return Plan(
        load=Load(options.connections, options.close),
        seconds=options.seconds,
        warm_up_calls=sign_calls(warm_up_count, options.numbers, first=0, closes=options.close),
        calls=sign_calls(count, options.numbers, first=warm_up_count, closes=options.close),
    )


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """End as after Ctrl-C, so that whatever was started ends too."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
