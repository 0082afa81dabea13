"""What a run under load is summed up by, printed, and kept for whoever measures."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from tests.faults.load import Answered, percentile


def report(event: str, calls: Sequence[Answered]) -> None:
    """Print figures, and append them to the file that DEPLOY_FIGURES names."""
    figures = {
        "event": event,
        "calls": len(calls),
        "failed": sum(call.verb != "Dial" for call in calls),
        "p50_ms": round(percentile(calls, 0.5), 1),
        "p99_ms": round(percentile(calls, 0.99), 1),
        "worst_ms": round(percentile(calls, 1.0), 1),
    }
    print(figures)
    if path := os.environ.get("DEPLOY_FIGURES"):
        with Path(path).open("a") as file:
            file.write(json.dumps(figures) + "\n")
