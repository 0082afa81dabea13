"""Try every fault under the full load and write docs/reliability.md: `python -m tests.faults` (`make faults`).

One fault or story that fails, or does not end, is told as failed, and the others go on in a new town. With `--soak` the
random faults go on for so many minutes. `--short` and `--only` write no page, unless `--into` says which. Exit status 1
if a promise was broken, a bar missed, or a fault or story failed; the page tells which.
"""

import argparse
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.faults.client_stories import CLIENT_STORIES
from tests.faults.cluster import CLUSTER_FAILOVER, ClusterTown
from tests.faults.database_faults import DATABASE_FAULTS
from tests.faults.failover import FAILOVER, FailoverTown
from tests.faults.fault import FULL, SHORT
from tests.faults.findings import Findings
from tests.faults.flush_story import flush_at_200_a_second
from tests.faults.half_sent_stories import half_sent_requests, installed_proxies
from tests.faults.histories import random_histories
from tests.faults.host_faults import HOST_FAULTS, MOUNTED_FAULTS
from tests.faults.kill_stories import KILL_STORIES
from tests.faults.outage_stories import OUTAGE_STORIES
from tests.faults.redis_faults import REDIS_FAULTS
from tests.faults.report import PAGE
from tests.faults.story import LARGE, SMALL
from tests.faults.town import Town

STORIES = [
    *OUTAGE_STORIES,
    *CLIENT_STORIES,
    flush_at_200_a_second,
    random_histories,
    *KILL_STORIES,
]


def main() -> int:
    """Try everything that is asked for; return the exit status."""
    arguments = read_arguments()
    plan, scale = (SHORT, SMALL) if arguments.short else (FULL, LARGE)
    if arguments.soak:
        scale = replace(scale, soak_seconds=60 * arguments.soak)
    page = arguments.into or (None if arguments.short or arguments.only else PAGE)
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        findings = Findings(Path(folder), plan, scale, page, arguments.only)
        everything(findings)
    wrong = findings.broken + findings.missed
    print("\n".join(wrong))
    return 1 if wrong else 0


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="as in the tests, in a few minutes")
    parser.add_argument("--only", metavar="TEXT", default="", help="those with this in their names, such as “frozen”")
    parser.add_argument("--soak", metavar="MINUTES", type=float, help="how long faults come at random; 2.5 without it")
    parser.add_argument("--into", metavar="FILE", type=Path, help="write the page here, and not docs/reliability.md")
    return parser.parse_args()


def everything(findings: Findings) -> None:
    """Undergo each fault and let each story happen, one after another."""
    with findings.towns(FailoverTown) as towns:
        findings.undergo(towns, FAILOVER)
    with findings.towns(ClusterTown) as towns:
        findings.undergo(towns, CLUSTER_FAILOVER)
    with findings.towns(Town) as towns:
        for fault in [*REDIS_FAULTS, *DATABASE_FAULTS, *HOST_FAULTS]:
            findings.undergo(towns, fault)
        for fault in MOUNTED_FAULTS:
            findings.undergo(towns, fault, only_if=lambda town: town.can_mount)
        for kind in installed_proxies():
            findings.tell(towns, partial(half_sent_requests, kind), f"half sent requests before {kind.program}")
        for story in STORIES:
            findings.tell(towns, story, story.__name__.replace("_", " "))


if __name__ == "__main__":
    sys.exit(main())
