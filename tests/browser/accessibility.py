"""What axe says of every page, and docs/accessibility.md, which tells it.

`.venv/bin/python -m tests.browser.accessibility [FILE]` looks at each page in four ways, in a few minutes.
"""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import ARGUMENTS, PATIENCE_MILLISECONDS, Site, chromium_path
from tests.browser.running_business import running_business
from tests.browser.walk import walk, walk_into_errors
from tests.conftest import PROJECT

WIDTHS = (1280, 360)
SCHEMES = ("light", "dark")
EVERY_RULE: dict[str, object] = {"resultTypes": ["violations"]}
HEAD = """# Accessibility

What [axe](https://github.com/dequelabs/axe-core) finds on every page, in what opens beside one, and on what is shown
when something is refused, not found or fails: the rules that each breaks, 1280 and 360 pixels wide, light and dark.
`make test` insists on 0 everywhere, and that no page is wider than its window; what only the keyboard shows (where the
focus goes, that each story can be lived without a mouse) is tested beside it, in `tests/browser/`. No tool sees
everything: pictures of the main pages, light and dark, were looked at as well ([they are kept](screenshots/README.md)).
Undecided are rules of which axe says that a person has to look.

"""
TABLE = """| page | rules that apply | undecided | 1280 light | 1280 dark | 360 light | 360 dark |
|---|---:|---|---:|---:|---:|---:|
"""


@dataclass(frozen=True)
class Look:
    """What axe found on a page: how many rules it tried, how many had something to look at, and which are broken.

    The undecided ones are those of which axe says that a person has to look.
    """

    page: str
    version: str
    tried: int
    applying: int
    undecided: list[str]
    broken: list[str]


def look(page: Page, scheme: str, options: dict[str, object] = EVERY_RULE, name: str = "") -> Look:
    """Let axe look at the page that a window shows, in a colour scheme."""
    page.emulate_media(color_scheme=scheme)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)
    said = Axe().run(page, options=options).response
    applying = sum(len(said[kind]) for kind in ("passes", "violations", "incomplete"))
    broken = [f"{rule['id']}: {[node['target'] for node in rule['nodes'][:3]]}" for rule in said["violations"]]
    undecided = [rule["id"] for rule in said["incomplete"]]
    tried, version = applying + len(said["inapplicable"]), said["testEngine"]["version"]
    return Look(name or page.url, version, tried, applying, undecided, broken)


def is_too_wide(page: Page) -> bool:
    """Tell whether a page must be scrolled sideways."""
    wider: bool = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return wider


def look_at_all(browser: Browser) -> Iterator[Look]:
    """Yield a look at each page in each way, page by page within a width."""
    for width in WIDTHS:
        # A business for each width: on the way through its pages something is made.
        with tempfile.TemporaryDirectory() as folder, running_business(Path(folder)) as business:
            site = Site(business.url, browser, business.who, business.changes)
            for walking in (walk, walk_into_errors):
                for name, page in walking(site, width):
                    yield from (look(page, scheme, name=name) for scheme in SCHEMES)
            for context in site.contexts:
                context.close()


def write_table(looks: list[Look]) -> str:
    """Write a row for each page: how many rules apply to it, and how many it breaks in each way."""
    in_order = {look.page: [] for look in looks}
    for one in looks:
        in_order[one.page].append(one)
    rows = (
        f"| `{name}` | {max(one.applying for one in row)} | {_name_undecided(row)} |"
        f" {' | '.join(str(len(one.broken)) for one in row)} |"
        for name, row in in_order.items()
    )
    broken = sum(len(one.broken) for one in looks)
    said = f"{len(in_order)} pages, {len(looks)} looks, {looks[0].tried} rules each, {broken} broken."
    return f"{said} axe-core {looks[0].version}.\n\n{TABLE}" + "\n".join(rows) + "\n"


def _name_undecided(looks: list[Look]) -> str:
    return ", ".join(sorted({rule for look in looks for rule in look.undecided}))


def write_page(path: Path) -> None:
    """Look at everything and write it down; say what is broken."""
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MILLISECONDS)
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(ARGUMENTS))
        looks = list(look_at_all(browser))
        browser.close()
    command = "Written by `.venv/bin/python -m tests.browser.accessibility`. "
    path.write_text(HEAD + command + write_table(looks))
    for one in looks:
        for broken in one.broken:
            print(one.page, broken)


if __name__ == "__main__":
    write_page(Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "docs" / "accessibility.md")
