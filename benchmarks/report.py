"""Write the figures down: a line a turn, a table of medians, and the two ratios with their range over the rounds."""

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from statistics import median
from typing import Any

from benchmarks.servers import Contender
from benchmarks.turn import OURS, Turn

HEADINGS = ("", "requests/s", "p50 ms", "p99 ms", "CPU s/1,000", "Redis", "PostgreSQL")
RATIOS = (("a/b", "b"), ("a/c", "c"))
Round = dict[str, Turn]


def machine(gunicorn_settings: str) -> str:
    """Say what this ran on."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("flask", "gunicorn", "twilio", "redis"))
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {versions}; gunicorn {gunicorn_settings}"
    )


def turn_line(contender: Contender, turn: Turn) -> str:
    """Say in a line what one turn showed."""
    measured = turn.measured
    line = (
        f"  {contender.letter} {contender.name:20} {measured.requests_per_second:7,.0f} requests/s, "
        f"p50 {measured.p50_ms:.1f} ms, p99 {measured.p99_ms:.1f} ms"
    )
    if turn.letter == OURS:
        records = sum(turn.records.values())
        sources = ", ".join(f"{count / (records or 1):.1%} {source}" for source, count in sorted(turn.records.items()))
        line += (
            f"; {records:,} records, the last {turn.drained_after_seconds:.1f} s after the load; "
            f"routes from {sources}; "
            f"{turn.changes.get('in_force', 0)} of {turn.changes.get('made', 0)} changes in force"
        )
    return "\n".join([line, *(f"    WRONG: {problem}" for problem in turn.problems)])


def table(everybody: Sequence[Contender], rounds: Sequence[Round]) -> str:
    """Write the medians over the rounds, and the ratios of requests/s within each round."""
    rows = [HEADINGS, *(_row(contender, [turns[contender.letter] for turns in rounds]) for contender in everybody)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = [
        row[0].ljust(widths[0])
        + "".join(cell.rjust(width + 2) for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    ]
    return "\n".join([*lines, "", *(f"{name} {_spread(values)}" for name, values in ratios(rounds).items())])


def ratios(rounds: Sequence[Round]) -> dict[str, list[float]]:
    """Return requests/s of ours by those of the others, round by round."""

    def rate(turns: Round, letter: str) -> float:
        return turns[letter].measured.requests_per_second or float("nan")

    return {name: [rate(turns, OURS) / rate(turns, other) for turns in rounds] for name, other in RATIOS}


def as_json(everybody: Sequence[Contender], rounds: Sequence[Round], **about: Any) -> dict[str, Any]:
    """Return everything that was measured, for `json.dump`."""
    return about | {
        "command": " ".join(sys.orig_argv),
        "contenders": {contender.letter: contender.name for contender in everybody},
        "ratios": {name: {"median": median(values), "rounds": values} for name, values in ratios(rounds).items()},
        "rounds": [{letter: asdict(turn) for letter, turn in turns.items()} for turns in rounds],
    }


def _row(contender: Contender, turns: Sequence[Turn]) -> tuple[str, ...]:
    return (
        f"{contender.letter}  {contender.name}",
        f"{median(turn.measured.requests_per_second for turn in turns):,.0f}",
        f"{median(turn.measured.p50_ms for turn in turns):.1f}",
        f"{median(turn.measured.p99_ms for turn in turns):.1f}",
        f"{median(turn.cpu for turn in turns):.3f}",
        f"{median(turn.redis_cpu for turn in turns):.3f}",
        f"{median(turn.postgres_cpu for turn in turns):.3f}",
    )


def _spread(values: Sequence[float]) -> str:
    return f"{median(values):.2f} ({min(values):.2f}–{max(values):.2f})"
