"""The papers that some numbers need before they may be bought: an address, an approved regulatory bundle.

https://www.twilio.com/docs/phone-numbers/regulatory. Here they are made by a function, not over HTTP. Inferred: which
of 21615 and 21631 comes when; that an address of somewhere else is 21615 for a number that needs a local one.
"""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator.rest.errors import ADDRESS_REQUIRED, BUNDLE_REQUIRED, LOCAL_ADDRESS_REQUIRED, TwilioError
from simulator.rest.inventory import StockNumber
from simulator.rest.store import open_store
from simulator.story import new_sid

APPROVED = "twilio-approved"
ADD_PAPER = "INSERT INTO paper VALUES (?, ?, ?, ?, ?, ?)"


def add_address(folder: Path, account_sid: str, iso_country: str, locality: str) -> str:
    """Add an address of the account's and return its SID."""
    sid = new_sid("AD")
    with open_store(folder) as store:
        store.execute(ADD_PAPER, (sid, account_sid, iso_country, locality, None, None))
    return sid


def add_bundle(folder: Path, account_sid: str, iso_country: str, number_type: str, status: str = APPROVED) -> str:
    """Add a regulatory bundle for a country and type (``local``, ``mobile``) and return its SID."""
    sid = new_sid("BU")
    with open_store(folder) as store:
        store.execute(ADD_PAPER, (sid, account_sid, iso_country, None, number_type, status))
    return sid


def check_papers(store: sqlite3.Connection, account_sid: str, number: StockNumber, settings: Mapping[str, Any]) -> None:
    """Refuse a purchase for which a paper is missing."""
    if number.address_requirements != "none":
        _check_address(_paper(store, account_sid, settings["address_sid"]), number)
    if number.needs_bundle:
        _check_bundle(_paper(store, account_sid, settings["bundle_sid"]), number)


def _check_address(address: sqlite3.Row | None, number: StockNumber) -> None:
    if address is None:
        raise TwilioError(
            ADDRESS_REQUIRED, "Phone Number Requires an Address but the 'AddressSid' parameter was empty."
        )
    place = (number.iso_country, number.place.locality)
    if number.address_requirements == "local" and (address["iso_country"], address["locality"]) != place:
        raise TwilioError(LOCAL_ADDRESS_REQUIRED, "Phone Number Requires a Local Address.")


def _check_bundle(bundle: sqlite3.Row | None, number: StockNumber) -> None:
    wanted = (number.iso_country, number.number_type)
    if bundle is None or (bundle["iso_country"], bundle["number_type"]) != wanted:
        raise TwilioError(BUNDLE_REQUIRED, "Bundle required and not provided")
    if bundle["status"] != APPROVED:
        raise TwilioError(BUNDLE_REQUIRED, "Bundle status not twilio-approved")


def _paper(store: sqlite3.Connection, account_sid: str, sid: str | None) -> sqlite3.Row | None:
    row: sqlite3.Row | None = store.execute(
        "SELECT * FROM paper WHERE sid = ? AND account_sid = ?", (sid, account_sid)
    ).fetchone()
    return row
