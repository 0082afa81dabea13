"""Long work in the shell: a bar on a terminal, a plain line now and then elsewhere, and Ctrl-C between its steps.

What is shown goes to standard error, so that what is printed with --json stays JSON.
"""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import repeat

import click

LINE_EVERY_SECONDS = 5.0
Advance = Callable[[int], None]


@contextmanager
def showing_progress(label: str, total: int | None = None) -> Iterator[Advance]:
    """Yield what to call with how many more are done; `total` is None when nobody knows it beforehand."""
    if sys.stderr.isatty():
        with click.progressbar(
            iterable=None if total is not None else repeat(None), length=total, label=label, file=sys.stderr
        ) as bar:
            yield bar.update
    else:
        lines = Lines(label, total)
        yield lines.advance
        lines.tell()


class Lines:
    """Counts what is done, and says so at most every LINE_EVERY_SECONDS."""

    def __init__(self, label: str, total: int | None) -> None:
        self._label = label
        self._of = f" of {total:,}" if total is not None else ""
        self._done = 0
        self._said_at = time.monotonic()

    def advance(self, count: int) -> None:
        """Count so many more as done."""
        self._done += count
        if time.monotonic() - self._said_at >= LINE_EVERY_SECONDS:
            self.tell()

    def tell(self) -> None:
        """Print the count on a line of its own."""
        self._said_at = time.monotonic()
        click.echo(f"{self._label}: {self._done:,}{self._of}", err=True)


@contextmanager
def stopping_between_steps() -> Iterator[Callable[[], None]]:
    """Let Ctrl-C wait until the step at hand is whole; yield what to call between two steps: it then ends the work."""
    asked: list[int] = []

    def note(number: int, _frame: object) -> None:
        asked.append(number)
        click.echo("Stopping after this step.", err=True)

    def stop_if_asked() -> None:
        if asked:
            raise click.Abort

    before = signal.signal(signal.SIGINT, note)
    try:
        yield stop_if_asked
    finally:
        signal.signal(signal.SIGINT, before)
