"""What came of a load."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """Answers in `seconds`, how long they took in milliseconds, and how many calls that was.

    `calls` are the different calls that the server may have seen, and `unanswered` those that the end cut off.
    """

    seconds: float
    answers: int
    wrong: int
    calls: int
    unanswered: int
    p50_ms: float
    p99_ms: float
    first_wrong: str = ""

    @property
    def requests_per_second(self) -> float:
        return self.answers / self.seconds


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the value that this many percent of the others do not exceed; not a number when there are none."""
    if not ordered:
        return float("nan")
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def put_together(parts: Iterable[tuple[Measured, Sequence[float]]]) -> Measured:
    """Add up what several clients measured in the same seconds, each with its latencies in seconds."""
    measured, latencies = zip(*parts, strict=True)
    ordered = sorted(latency for part in latencies for latency in part)
    return Measured(
        seconds=max(part.seconds for part in measured),
        answers=sum(part.answers for part in measured),
        wrong=sum(part.wrong for part in measured),
        calls=sum(part.calls for part in measured),
        unanswered=sum(part.unanswered for part in measured),
        p50_ms=percentile(ordered, 50) * 1000,
        p99_ms=percentile(ordered, 99) * 1000,
        first_wrong=next((part.first_wrong for part in measured if part.first_wrong), ""),
    )
