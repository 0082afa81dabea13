"""Show how far long work in the shell has come: a bar on a terminal, a plain line now and then elsewhere.

Both go to standard error, so that what is printed with --json stays JSON.
"""

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
