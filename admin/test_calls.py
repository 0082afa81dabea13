"""Place a simulated call behind a page's back, and read its story while it happens.

The story is a file of this host's, one step a line, which every worker can read.
"""

import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, Any

from admin.simulated_calls import follow
from config.settings import Settings
from simulator.story import PROBLEM, SimulatedCall

CALL_SID = re.compile(r"CA[0-9a-f]{32}", re.ASCII)
KEPT_SECONDS = 86_400
# No call is silent for so long: the process that told the story has ended.
LONGEST_SILENCE_SECONDS = 60
OVER = "over"


@dataclass(frozen=True, slots=True)
class Story:
    """A test call so far, its steps with `kind` and `text`; one that is cut off will not go on."""

    call_sid: str
    steps: tuple[dict[str, Any], ...]
    is_over: bool
    is_cut_off: bool

    @property
    def has_problem(self) -> bool:
        return any(step["kind"] == PROBLEM for step in self.steps)


def place_in_background(settings: Settings, call: SimulatedCall, account_id: int, number_id: int) -> None:
    """Place a call in a thread of its own, which writes down each step; return at once."""
    path = _folder(settings) / f"{call.call_sid}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    _forget_old_stories(path.parent)
    writing = path.open("w", buffering=1)
    _write(writing, account_id=account_id, number_id=number_id)
    Thread(target=_tell, args=(settings, call, writing), name="test-call", daemon=True).start()


def read_story(settings: Settings, account_id: int, number_id: int, call_sid: str) -> Story | None:
    """Return how far a test call to this number of the account has come; None for one that there is not."""
    path = _folder(settings) / f"{call_sid}.jsonl"
    if not CALL_SID.fullmatch(call_sid) or not path.exists():
        return None
    silent_seconds = time.time() - path.stat().st_mtime
    # What no new line has ended yet is still being written.
    whose, *steps = [json.loads(line) for line in path.read_text().split("\n")[:-1]]
    if whose != {"account_id": account_id, "number_id": number_id}:
        return None
    is_over = bool(steps) and steps[-1]["kind"] == OVER
    told = tuple(step for step in steps if step["kind"] != OVER)
    return Story(call_sid, told, is_over, not is_over and silent_seconds > LONGEST_SILENCE_SECONDS)


def _tell(settings: Settings, call: SimulatedCall, writing: IO[str]) -> None:
    with writing:
        try:
            for step in follow(settings, call):
                _write(writing, kind=step.kind, text=step.text)
        finally:
            _write(writing, kind=OVER)


def _write(writing: IO[str], **told: Any) -> None:
    """Write a whole line, at once."""
    writing.write(json.dumps(told) + "\n")


def _forget_old_stories(folder: Path) -> None:
    for path in folder.glob("*.jsonl"):
        if path.stat().st_mtime < time.time() - KEPT_SECONDS:
            path.unlink(missing_ok=True)


def _folder(settings: Settings) -> Path:
    return settings.data_dir / "simulator" / "test-calls"
