"""Get a number: search, see what it costs, buy it once, and watch it become active."""

from typing import Any
from uuid import uuid4

from flask import current_app, render_template, request, url_for

from admin.pages.answers import go_to, is_for_panel, reading
from admin.pages.countries import COUNTRIES
from admin.pages.guard import Shown, changes, form, page, signed_in
from admin.pages.holder_choices import holder_choices, holder_named
from admin.pages.kept_form import ID
from operations.errors import OperationError
from operations.get_number import get_number, quote_price, read_wish
from operations.number_wishes import Wishes
from operations.search_numbers import search_numbers
from operations.see_purchase import see_purchase

WISHES = ("country", "type", "area_code", "city", "region", "contains")
TYPES = (
    ("", "Usual"),
    ("local", "Local"),
    ("toll_free", "Toll-free"),
    ("mobile", "Mobile"),
    ("national", "National"),
)


@page("/numbers/get", "number.searched")
def search_form() -> Shown:
    """Show what was searched for and found; what cannot be searched is said beside the search."""
    asked = {name: request.args[name].strip() for name in WISHES if request.args.get(name, "").strip()}
    found, problem = None, None
    if asked:
        try:
            found = _search(asked)
        except OperationError as error:
            problem = error
    words: dict[str, Any] = {"asked": asked, "found": found, "countries": _countries(asked), "types": TYPES}
    return render_template("numbers/get/search.html", problem=problem, **words), problem.status if problem else 200


@page("/numbers/get/confirm", "number.ordered")
def purchase_form() -> Shown:
    """Show the price, and ask who shall answer."""
    return _confirm(request.args.to_dict())


@form("/numbers/get", "number.ordered")
def purchase() -> Shown:
    """Buy the number; the same form sent twice is one purchase, because the key in it is the same."""
    given = {name: request.form.get(name, "").strip() for name in ("agent", "location", "label", "country", "type")}
    try:
        getting = get_number(
            changes(),
            current_app.extensions["twilio"],
            current_app.extensions["webhooks"],
            signed_in().who,
            request.form.get("phone_number", ""),
            agent=given["agent"] or None,
            location=given["location"] or None,
            label=given["label"],
            iso_country=given["country"] or None,
            number_type=given["type"] or None,
            idempotency_key=request.form.get("key") or None,
        )
    except OperationError as error:
        return _confirm(request.form.to_dict(), error)
    return go_to(url_for("pages.show_purchase", number_id=getting.number["id"]))


@page(f"/numbers/get/{ID}number_id>", "number.ordered")
def show_purchase(number_id: int) -> Shown:
    """Show how far a purchase is; htmx asks again and again until it has ended, and is told only what is new."""
    with reading() as session:
        purchase = see_purchase(session, signed_in().who.account, number_id)
    if purchase["is_waiting"] and request.args.get("seen") == purchase["state"]:
        return "", 204
    template = "numbers/get/state.html" if is_for_panel() else "numbers/get/progress.html"
    return render_template(template, purchase=purchase, number_id=number_id)


def _search(asked: dict[str, str]) -> dict[str, Any]:
    wishes = Wishes(
        asked.get("country", "US"),
        *(asked.get(name) for name in ("type", "area_code", "city", "region", "contains")),
    )
    return search_numbers(changes().database, current_app.extensions["twilio"], signed_in().who, wishes)


def _confirm(given: dict[str, str], problem: OperationError | None = None) -> Shown:
    """Show the form with what was typed so far; each is a purchase of its own."""
    phone_number, country, number_type = (given.get(name, "") for name in ("phone_number", "country", "type"))
    wish = read_wish(phone_number, iso_country=country or None, number_type=number_type or None)
    price = quote_price(changes().database, current_app.extensions["twilio"], wish)
    with reading() as session:
        account_id = signed_in().who.account
        parts: dict[str, Any] = dict(holder_choices(session, account_id))
        for word in ("agent", "location"):
            parts[f"given_{word}"] = holder_named(session, account_id, word, given.get(word, ""))
    shown = render_template(
        "numbers/get/confirm.html", wish=wish, price=price, given=given, problem=problem, key=uuid4().hex, **parts
    )
    return shown, problem.status if problem else 200


def _countries(asked: dict[str, str]) -> list[tuple[str, str]]:
    """Return the choices of countries; one that was asked for and is not among them is added."""
    country = asked.get("country", "US").upper()
    known = [(code, f"{name} ({code})") for code, name in COUNTRIES.items()]
    return known if country in COUNTRIES else [*known, (country, country)]
