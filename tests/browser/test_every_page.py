"""Every page that a person can reach, in a browser: no barrier, light or dark, wide or narrow."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from models import Call
from simulator.rest import RunningSimulator
from tests.browser.conftest import Site, make_simulated
from tests.browser.dental_business import make_business
from tests.browser.every_page import AFTER_A_FORM, NO_PAGES, PANELS, PATHS, STRANGERS

# What a page is made of is the same by day and by night; only its colours are not.
CONTRAST = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
EVERYTHING = {"resultTypes": ["violations"]}
NOT_REACHED = "/numbers/999"
NOT_ALLOWED = "/settings/account"


@pytest.fixture
def app(make_app: Callable[..., Flask], twilio_server: RunningSimulator, port: int) -> Flask:
    """The router as it is without Twilio's credentials: its calls are simulated."""
    return make_simulated(make_app, twilio_server, port)


@pytest.fixture
def business(site: Site, app: Flask) -> Site:
    """A site with something on every page."""
    make_business(app, site.who)
    return site


def barriers(page: Page) -> Iterator[str]:
    """Yield what axe finds against a page by day and by night, and whether it is wider than the window."""
    for scheme, options in (("light", EVERYTHING), ("dark", CONTRAST)):
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)
        for rule in Axe().run(page, options=options).response["violations"]:
            yield f"{page.url} {scheme} {rule['id']}: {[node['target'] for node in rule['nodes'][:3]]}"
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        yield f"{page.url} is wider than the window"


def test_every_page_has_a_path(app: Flask) -> None:
    """A page that is added and not looked at here fails this test."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("pages.") and "GET" in rule.methods]
    endpoints = {rule.endpoint.removeprefix("pages.") for rule in rules}

    assert endpoints == {*PATHS, *NO_PAGES, *AFTER_A_FORM, *STRANGERS}


@pytest.mark.timeout(900)  # it looks at sixty pages
@pytest.mark.parametrize("width", [1280, 360])
def test_no_page_has_a_barrier(business: Site, width: int) -> None:
    """As axe sees it; nor has what opens beside it, and nothing is wider than the window."""
    size = {"width": width, "height": 800}
    stranger, page = business.visitor(viewport=size), business.log_in("super_admin", viewport=size)
    stranger.goto("/log-in")
    found = [*barriers(stranger)]
    with business.changes.database.reading() as session:
        call_sid = session.scalar(select(Call.call_sid).limit(1))
    for path in (path for paths in PATHS.values() for path in paths):
        page.goto(path.format(call_sid=call_sid))
        expect(page.locator("h1")).to_have_count(1)
        found += barriers(page)
    page.goto("/settings/tokens")
    page.get_by_label("Name").fill("another")
    page.get_by_role("button", name="Create token").click()
    expect(page.locator("#secret")).to_be_visible()
    found += barriers(page)
    for path, opener in PANELS:
        page.goto(path)
        page.get_by_role("link", name=opener, exact=True).press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        found += barriers(page)

    assert found == []


def test_no_error_has_a_barrier(business: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused, not found, a failure of ours, and a database that is away."""
    page = business.log_in("member", viewport={"width": 360, "height": 740})

    def fail(with_what: Exception) -> None:
        def raise_it(*_: object, **__: object) -> str:
            raise with_what

        monkeypatch.setattr("admin.pages.timezone.render_template", raise_it)

    found = []
    for status, path, failure in (
        (403, "/numbers/get", None),
        (404, NOT_REACHED, None),
        (404, "/nothing-here", None),
        (500, "/timezone", RuntimeError("a mistake of ours")),
        (503, "/timezone", OperationalError("SELECT", {}, Exception("away"))),
    ):
        if failure:
            fail(failure)
        answer = page.goto(path)
        assert (answer and answer.status) == status, path
        found += barriers(page)

    assert found == []
