"""Which pictures docs/screenshots has: of what, how one gets there, and what is said of it."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page
from sqlalchemy.exc import OperationalError

from tests.browser.running_business import EMAIL, MEMBER_EMAIL

Do = Callable[[Page], None]


@dataclass(frozen=True)
class Picture:
    """A picture: the name of its file, its title, a sentence, an address, what is done there, and who looks."""

    name: str
    title: str
    sentence: str
    path: str
    do: Do | None = None
    is_narrow_too: bool = False
    # None is somebody who has not logged in.
    who: str | None = EMAIL
    # What the page that asks for a timezone fails with meanwhile.
    failure: Exception | None = None


def opens(name: str) -> Do:
    """Return what opens a side panel: a link by its name."""

    def do(page: Page) -> None:
        page.get_by_role("link", name=name, exact=True).first.click()
        page.get_by_role("dialog").wait_for()

    return do


def ticks_and_opens(name: str) -> Do:
    """Return what ticks three numbers of the list and presses what is to be done with them."""

    def do(page: Page) -> None:
        for box in page.locator("tbody input[type=checkbox]").all()[1:4]:
            box.check()
        page.get_by_role("button", name=name, exact=True).click()
        page.get_by_role("dialog").wait_for()

    return do


def look_at_a_call(page: Page) -> None:
    """Open the test call, of which more is known than of calls that were seeded."""
    page.get_by_role("row").filter(has_text="(415) 555-0199").get_by_role("link").first.click()


def place_a_test_call(page: Page) -> None:
    page.get_by_role("button", name="Place a test call").click()
    page.get_by_text("That was the whole call.").wait_for()


SEARCH = "/numbers/get?country=US&area_code=415"
AWAY = OperationalError("SELECT", {}, Exception("away"))
PICTURES = (
    Picture(
        *("overview", "Overview", "The start page: today's calls, what needs somebody, what calls depend on.", "/"),
        is_narrow_too=True,
    ),
    Picture(
        *("numbers", "Numbers", "Search, filter; an active number that nobody answers cannot be missed.", "/numbers"),
        is_narrow_too=True,
    ),
    Picture(
        *("numbers-pause", "Several numbers", "Those that are ticked are paused in one change.", "/numbers"),
        ticks_and_opens("Pause"),
        is_narrow_too=True,
    ),
    Picture(
        "numbers-assign",
        "Several numbers' agent",
        "Who has them now is said first.",
        "/numbers",
        ticks_and_opens("Assign"),
    ),
    Picture("get-a-number", "Get a number", "What is for sale, where it is, what it takes and costs.", SEARCH),
    Picture(
        "get-a-number-confirm", "Purchase", "The price is on the button.", SEARCH, opens("Purchase (415) 555-0110")
    ),
    Picture(
        "number",
        "A number",
        "Who answers it, what a call would meet, the lines that forward to it, its calls and history.",
        "/numbers/1",
        is_narrow_too=True,
    ),
    Picture(
        "number-test-call",
        "A test call",
        "With the simulator, the story of a call unfolds on the number's page.",
        "/numbers/4",
        place_a_test_call,
    ),
    Picture(
        *("number-pause", "Pause", "What callers hear, until when, and why.", "/numbers/1", opens("Pause…")),
        is_narrow_too=True,
    ),
    Picture(
        "number-codes",
        "Forwarding",
        "What to dial on a line that the business has.",
        "/numbers/1",
        opens("What to dial"),
    ),
    Picture(
        "number-release", "Release", "What it costs, and the number typed.", "/numbers/1", opens("Release this number…")
    ),
    Picture("agents", "Agents", "", "/agents"),
    Picture("agent", "An agent", "", "/agents/1"),
    Picture(
        "agent-numbers",
        "An agent's numbers",
        "Switches; a number that somebody else has is moved after a question.",
        "/agents/1",
        opens("Manage"),
        is_narrow_too=True,
    ),
    Picture("agent-new", "New agent", "", "/agents/new"),
    Picture("locations", "Locations", "", "/locations"),
    Picture("location", "A location", "", "/locations/1"),
    Picture(
        *("calls", "Calls", "It keeps itself up to date; filters stay in the address.", "/calls"), is_narrow_too=True
    ),
    Picture("call", "A call", "As a sentence, a timeline and a receipt.", "/calls", look_at_a_call),
    Picture("calls-days", "Calls per day", "By location, and those that were lost to a pause.", "/calls/days?days=30"),
    Picture(
        "settings-account", "Account", "What is so unless a number or a pause says otherwise.", "/settings/account"
    ),
    Picture("settings-users", "Users", "", "/settings/users"),
    Picture("settings-user", "A user", "", "/settings/users/1"),
    Picture("settings-you", "Your log-ins", "Each can be ended from here.", "/settings/you"),
    Picture(
        *("settings-second-factor", "Second factor", "Scanned by an authenticator app.", "/settings/you/second-factor")
    ),
    Picture("settings-tokens", "API tokens", "", "/settings/tokens"),
    Picture("settings-billing", "Billing", "By location, and each number.", "/settings/billing"),
    Picture("settings-changes", "Audit trail", "Who did what, in sentences.", "/settings/changes"),
    Picture("settings-change", "A change", "What was before and after.", "/settings/changes/20"),
    Picture("settings-twilio", "Twilio", "", "/settings/twilio"),
    Picture("sync", "Differences from Twilio", "Each with what repairs it.", "/sync"),
    Picture("log-in", "Log in", "", "/log-in", who=None),
    Picture("error-403", "Not allowed", "A Member asks for an Admin's page.", "/numbers/get", who=MEMBER_EMAIL),
    Picture("error-404", "Not found", "", "/numbers/999"),
    Picture("error-500", "A failure of ours", "", "/timezone", failure=RuntimeError("a mistake of ours")),
    Picture("error-503", "The database is away", "", "/timezone", failure=AWAY),
)
