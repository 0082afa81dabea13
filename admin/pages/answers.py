"""What pages answer with: a page, or a sentence on the next page; `refusals.py` has what they refuse with."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import phonenumbers
from flask import Response, g, redirect, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from admin.pages.guard import changes, csrf_token, pages, settings, signed_in
from models import Account, BrowserSession
from operations.in_force import Outcome
from operations.permissions import ROLE_NAMES, may

DONE, WAITING, REFUSED = "success", "warning", "danger"
# Path, endpoint and name of what the menu leads to.
MENU = (
    ("/", "pages.overview", "Overview"),
    ("/numbers", "pages.list_numbers", "Numbers"),
    ("/agents", "pages.list_agents", "Agents"),
    ("/locations", "pages.list_locations", "Locations"),
    ("/calls", "pages.list_calls", "Calls"),
    ("/settings", "pages.settings_start", "Settings"),
)
IN_FORCE = "In force on every server."
LARGEST_SAID = 10


@contextmanager
def reading() -> Iterator[Session]:
    """Open a session that reads the database as it is now."""
    with changes().database.reading() as session:
        yield session


def done(sentence: str, outcome: Outcome | None, url: str) -> AnyResponse:
    """Say on the next page what was done, and whether it is in force on every server or who has not confirmed."""
    say_done(sentence, outcome)
    return go_to(url)


def say_done(sentence: str, outcome: Outcome | None) -> None:
    """Let the next page say what was done and how far it got, without going to it."""
    if outcome is not None and not outcome.in_force:
        waiting = ", ".join(outcome.unconfirmed)
        say(f"{sentence} Saved, but not yet in force on: {waiting}. It will be, as soon as they answer.", WAITING)
    else:
        say(f"{sentence} {IN_FORCE}" if outcome is not None else sentence, DONE)
    for warning in outcome.warnings if outcome is not None else ():
        say(warning, WAITING)


def say(sentence: str, kind: str = DONE) -> None:
    """Let the next page of this session show a sentence."""
    with changes().database.writing() as session:
        found = session.get(BrowserSession, signed_in().session)
        if found is not None:
            found.said = [*(found.said or []), [kind, sentence]][-LARGEST_SAID:]


def go_to(url: str) -> AnyResponse:
    """Send the browser to another page after a form; htmx follows its own header."""
    if request.headers.get("HX-Request"):
        return Response(status=200, headers={"HX-Redirect": url})
    return redirect(url, 303)


def is_for_panel() -> bool:
    """Tell whether htmx asks for a piece of a page, to show it beside the page that is open."""
    return request.headers.get("HX-Request-Type") == "partial"


@pages.context_processor
def what_every_page_needs() -> dict[str, Any]:
    """Give the templates who is here, what they may do, and what is to be said."""
    if "signed_in" not in g:
        return {"me": None, "uses_simulator": settings().uses_simulator}
    me = signed_in()
    return {
        "me": me,
        "account": _account(me.who.account),
        "role_name": ROLE_NAMES[me.who.role],
        "may": lambda action: may(me.who.role, action),
        "csrf_token": csrf_token(),
        # A piece of a page leaves them to the whole page that comes next.
        "said": [] if request.headers.get("HX-Request") else take_said(),
        "menu": MENU,
        "panel_or_page": "panel.html" if is_for_panel() else "panel_as_page.html",
        "uses_simulator": settings().uses_simulator,
    }


@pages.app_template_filter("national")
def national(phone_number: str) -> str:
    """Write an E.164 number as people do in its country, with the country code where that is not +1."""
    try:
        parsed = phonenumbers.parse(phone_number)
    except phonenumbers.NumberParseException:
        return phone_number
    wanted = phonenumbers.PhoneNumberFormat
    is_north_american = parsed.country_code == 1
    written: str = phonenumbers.format_number(parsed, wanted.NATIONAL if is_north_american else wanted.INTERNATIONAL)
    return written


def international(text: str) -> str:
    """Return a number, written as `national` does or with its country code, in E.164; what is none as it was typed."""
    try:
        parsed = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return text
    e164: str = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return e164 if phonenumbers.is_possible_number(parsed) else text


@pages.app_template_filter("money")
def money(amount: str | None, unit: str | None) -> str:
    """Write an amount in whole units of a currency (ISO 4217), such as $1.15 or 4.00 EUR; a dash for none."""
    if amount is None:
        return "–"
    value = Decimal(amount)
    written = f"{value:.2f}" if value == round(value, 2) else f"{value.normalize():f}"
    return f"${written}" if unit == "USD" else f"{written} {unit or ''}".strip()


@pages.app_template_filter("path_is")
def path_is(prefix: str) -> bool:
    """Tell whether this page is below a path: for the menu."""
    return request.path == prefix or request.path.startswith(prefix + "/")


def _account(account_id: int) -> str:
    with reading() as session:
        return session.scalar(select(Account.name).where(Account.id == account_id)) or ""


def take_said() -> list[Any]:
    """Return the sentences that wait to be shown, and forget them."""
    with reading() as session:
        found = session.get(BrowserSession, signed_in().session)
        said = list(found.said or []) if found else []
    if said:
        with changes().database.writing() as session:
            row = session.get(BrowserSession, signed_in().session)
            if row is not None:
                row.said = None
    return said
