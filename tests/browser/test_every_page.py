"""Every page that a person can reach, in a browser: no barrier, light or dark, wide or narrow."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page

from simulator.rest import RunningSimulator
from tests.browser.accessibility import EVERY_RULE, is_too_wide, look
from tests.browser.conftest import Site, make_simulated
from tests.browser.dental_business import make_business
from tests.browser.every_page import AFTER_A_FORM, NO_PAGES, PATHS, STRANGERS
from tests.browser.walk import walk, walk_into_errors

# What a page is made of is the same by day and by night; only its colours are not.
CONTRAST = {**EVERY_RULE, "runOnly": ["color-contrast"]}


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
    for scheme, options in (("light", EVERY_RULE), ("dark", CONTRAST)):
        yield from (f"{page.url} {scheme} {broken}" for broken in look(page, scheme, options).broken)
    if is_too_wide(page):
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
    found = [barrier for _, page in walk(business, width) for barrier in barriers(page)]

    assert found == []


def test_no_error_has_a_barrier(business: Site) -> None:
    """Refused, not found, a failure of ours, and a database that is away."""
    found = [barrier for _, page in walk_into_errors(business, 360) for barrier in barriers(page)]

    assert found == []
