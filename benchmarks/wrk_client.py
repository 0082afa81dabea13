"""Let wrk put the load on: `wrk.lua` sends the prepared requests, looks at the answers and writes what it measured."""

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measured import Measured

SCRIPT = Path(__file__).with_name("wrk.lua")
THREADS = 2
PATIENCE = "15s"  # Twilio's own


def measure(
    wrk: str, port: int, requests: Sequence[bytes], connections: int, seconds: float, pause_ms: int = 0
) -> Measured:
    """Put the load on a server of this machine; wrk takes whole seconds only.

    With `pause_ms` a connection waits so long after an answer, on average, before it sends the next request.

    wrk starts its watch when a request is written, so that a connection of its own is not part of a call's time.
    """
    whole_seconds = max(1, round(seconds))
    threads = min(THREADS, connections)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requests"
        path.write_bytes(b"".join(b"%d\n%b" % (len(request), request) for request in requests))
        options = [f"-t{threads}", f"-c{connections}", f"-d{whole_seconds}s", "--timeout", PATIENCE]
        command = [wrk, *options, "-s", str(SCRIPT), f"http://127.0.0.1:{port}", "--", str(path), str(threads)]
        environment = os.environ | {"PAUSE_MS": str(pause_ms)}
        finished = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found = json.loads(finished.stdout.splitlines()[-1])
    return Measured(
        seconds=found["seconds"],
        answers=found["answers"],
        wrong=found["wrong"] + found["failed"],
        calls=found["calls"],
        unanswered=found["unanswered"],
        p50_ms=found["p50_ms"],
        p99_ms=found["p99_ms"],
        first_wrong=finished.stdout if found["wrong"] + found["failed"] else "",
    )
