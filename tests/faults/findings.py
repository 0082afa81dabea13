"""What a run of `make faults` has found so far, and the towns in which it looks: what fails there costs only itself."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.faults.fault import Fault, Plan, Tried, undergo
from tests.faults.report import write
from tests.faults.story import Scale, Shown, Story
from tests.faults.town import Town

# None takes a third of it, however long the soak is: that comes on top.
LONGEST_STORY_SECONDS = 1_200


class StoryTooLong(Exception):
    """A story did not come to its end."""


class Towns:
    """One town, and a new one whenever something went wrong in the last: nobody knows what is left of it."""

    def __init__(self, kind: Callable[[Path], Town], folder: Path) -> None:
        self._kind = kind
        self._folder = folder
        self._opened = ExitStack()
        self._town: Town | None = None
        self._made = 0

    def town(self) -> Town:
        """Return the town without any fault."""
        if self._town is None:
            self._made += 1
            town = self._kind(self._folder / f"{self._kind.__name__.lower()}-{self._made}")
            self._town = self._opened.enter_context(town)
        self._town.heal()
        return self._town

    def leave(self) -> None:
        """Tear the town down, as far as that works."""
        self._town = None
        try:
            self._opened.close()
        except Exception as error:  # noqa: BLE001 (what is left of it ends with this process)
            print(f"the town was left as it is: {error!r}", flush=True)


class Findings:
    """What was found so far; the page is written anew with each finding, so that an interrupted run is not lost."""

    def __init__(self, folder: Path, plan: Plan, scale: Scale, page: Path | None, only: str = "") -> None:
        self._folder = folder
        self._plan = plan
        self._scale = scale
        self._page = page
        self._only = only.lower()
        self._tried: list[Tried] = []
        self._shown: list[Shown] = []
        self._started = time.monotonic()
        self.broken: list[str] = []
        self.missed: list[str] = []

    @contextmanager
    def towns(self, kind: Callable[[Path], Town]) -> Iterator[Towns]:
        """Look in towns of a kind, until the block ends."""
        towns = Towns(kind, self._folder)
        try:
            yield towns
        finally:
            towns.leave()

    def undergo(self, towns: Towns, fault: Fault, only_if: Callable[[Town], bool] = lambda _: True) -> None:
        """Try a fault, if the town allows it."""

        def try_it(town: Town) -> None:
            if only_if(town):
                tried = undergo(town, fault, self._plan)
                self._tried.append(tried)
                self.missed += [f"{tried.name}: the bar of “{bar}” was missed" for bar in tried.missed()]
                self._add(tried, tried.problems(fault))

        self._attempt(towns, fault.name, fault.decided, try_it)

    def tell(self, towns: Towns, story: Story, name: str) -> None:
        """Let a story happen; `name` is what it is called if it fails."""

        def tell_it(town: Town) -> None:
            shown = story(town, self._scale)
            self._shown.append(shown)
            self._add(shown, shown.problems)

        self._attempt(towns, name, "see its module in `tests/faults/`", tell_it)

    def _attempt(self, towns: Towns, name: str, decided: str, act: Callable[[Town], None]) -> None:
        if self._only not in name.lower():
            return
        try:
            with ending_within(LONGEST_STORY_SECONDS + self._scale.soak_seconds):
                act(towns.town())
        except Exception as error:  # noqa: BLE001 (the others are tried all the same)
            failed = Shown(name, decided, {}, [f"it failed: {error!r}"])
            self._shown.append(failed)
            self._add(failed, failed.problems)
            towns.leave()

    def _add(self, found: Tried | Shown, problems: list[str]) -> None:
        self.broken += [f"{found.name}: {problem}" for problem in problems]
        print(str(found)[:700], flush=True)
        if self._page:
            write(self._page, self._tried, self._shown, time.monotonic() - self._started)


@contextmanager
def ending_within(seconds: float) -> Iterator[None]:
    """Raise StoryTooLong in the block when it takes longer."""

    def raise_it(*_: Any) -> None:
        raise StoryTooLong(f"not at its end after {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, raise_it)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
