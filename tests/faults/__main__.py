"""Try every fault under the full load and write docs/reliability.md: `python -m tests.faults` (`make faults`).

Exit status 1 if a promise was broken; a bar that was missed is told in the page.
"""

import argparse
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from tests.faults.client_stories import CLIENT_STORIES
from tests.faults.cluster import CLUSTER_FAILOVER, ClusterTown
from tests.faults.database_faults import DATABASE_FAULTS
from tests.faults.failover import FAILOVER, FailoverTown
from tests.faults.fault import FULL, SHORT, Fault, Plan, Tried, undergo
from tests.faults.flush_story import flush_at_200_a_second
from tests.faults.half_sent_stories import half_sent_requests, installed_proxies
from tests.faults.histories import random_histories
from tests.faults.host_faults import HOST_FAULTS, MOUNTED_FAULTS
from tests.faults.kill_stories import KILL_STORIES
from tests.faults.outage_stories import OUTAGE_STORIES
from tests.faults.redis_faults import REDIS_FAULTS
from tests.faults.report import write
from tests.faults.story import LARGE, SMALL, Scale, Shown, Story
from tests.faults.town import Town

STORIES = [
    *OUTAGE_STORIES,
    *CLIENT_STORIES,
    flush_at_200_a_second,
    random_histories,
    *KILL_STORIES,
]


class Findings:
    """What was found so far; the page is written anew with each finding, so that an interrupted run is not lost."""

    def __init__(self) -> None:
        self._tried: list[Tried] = []
        self._shown: list[Shown] = []
        self._started = time.monotonic()
        self.broken: list[str] = []

    def undergo(self, town: Town, fault: Fault, plan: Plan) -> None:
        """Try a fault."""
        try:
            town.heal()
            tried = undergo(town, fault, plan)
        except Exception as error:  # noqa: BLE001 (the others are tried all the same)
            self._add_shown(Shown(fault.name, fault.decided, {}, [repr(error)]))
            return
        self._tried.append(tried)
        self.broken += tried.problems(fault)
        self._write(str(tried))

    def tell(self, story: Story, town: Town, scale: Scale) -> None:
        """Let a story happen."""
        try:
            town.heal()
            self._add_shown(story(town, scale))
        except Exception as error:  # noqa: BLE001 (the others are told all the same)
            self._add_shown(
                Shown(str(getattr(story, "__name__", story)).replace("_", " "), "see above", {}, [repr(error)])
            )

    def _add_shown(self, shown: Shown) -> None:
        self._shown.append(shown)
        self.broken += shown.problems
        self._write(str(shown))

    def _write(self, said: str) -> None:
        print(said[:700], flush=True)
        write(self._tried, self._shown, time.monotonic() - self._started)


def main() -> int:
    """Try everything; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="as in the tests, in a few minutes")
    plan, scale = (SHORT, SMALL) if parser.parse_args().short else (FULL, LARGE)
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        broken = everything(Path(folder), plan, scale)
    print("\n".join(broken))
    return 1 if broken else 0


def everything(folder: Path, plan: Plan, scale: Scale) -> list[str]:
    """Undergo each fault and let each story happen, one after another; return the promises that were broken."""
    findings = Findings()
    with FailoverTown(folder / "failover") as town:
        findings.undergo(town, FAILOVER, plan)
    with ClusterTown(folder / "cluster") as town:
        findings.undergo(town, CLUSTER_FAILOVER, plan)
    with Town(folder / "town") as town:
        for fault in [*REDIS_FAULTS, *DATABASE_FAULTS, *HOST_FAULTS, *(MOUNTED_FAULTS if town.can_mount else [])]:
            findings.undergo(town, fault, plan)
        for kind in installed_proxies():
            findings.tell(partial(half_sent_requests, kind), town, scale)
        for story in STORIES:
            findings.tell(story, town, scale)
    return findings.broken


if __name__ == "__main__":
    sys.exit(main())
