"""Buy a number: one wins, whoever asks at the same time.

What is refused first when several things are wrong is inferred: what the form says, then whether the number is to be
had, then its type, then the papers.
"""

import json
import re
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path

from simulator.rest.errors import (
    BAD_REQUEST,
    INVALID_PHONE_NUMBER,
    NONE_IN_AREA_CODE,
    NOT_AVAILABLE,
    NUMBER_TYPE_MISMATCH,
    TwilioError,
)
from simulator.rest.incoming_numbers import IncomingNumber, apply_form, find_holder, incoming_number
from simulator.rest.inventory import StockNumber, available_numbers, stock
from simulator.rest.number_search import check_area_code
from simulator.rest.number_settings import Settings, changed_settings, check_form, default_settings
from simulator.rest.paperwork import check_papers
from simulator.rest.provisioning import Provisioning
from simulator.rest.store import open_store
from simulator.story import new_sid

E164 = re.compile(r"\+[1-9]\d{6,14}")


def buy(
    folder: Path, account_sid: str, form: Mapping[str, str], provisioning: Provisioning, number_type: str | None = None
) -> IncomingNumber:
    """Buy a number by ``PhoneNumber`` or ``AreaCode``; ``number_type`` restricts it, as the sub-resources do.

    Buying what the account has already changes its settings instead, under the same SID
    (https://github.com/danielberkompas/ex_twilio/pull/116).
    """
    check_form(form)
    with open_store(folder) as store:
        owned = find_holder(store, form.get("PhoneNumber", ""))
        if owned is not None and owned.account_sid == account_sid:
            return apply_form(store, owned, form)
        number = _wanted(store, form)
        if number_type not in (None, number.number_type):
            raise TwilioError(NUMBER_TYPE_MISMATCH, f"{number.phone_number} is not of this type")
        settings = changed_settings(default_settings(number.friendly_name), form)
        check_papers(store, account_sid, number, settings)
        return _add(store, account_sid, number, settings, provisioning)


def _wanted(store: sqlite3.Connection, form: Mapping[str, str]) -> StockNumber:
    if form.get("PhoneNumber"):
        return _available(store, form["PhoneNumber"])
    if form.get("AreaCode"):
        return _first_in_area_code(store, form["AreaCode"])
    raise TwilioError(BAD_REQUEST, "did or area_code is required")


def _available(store: sqlite3.Connection, phone_number: str) -> StockNumber:
    if not E164.fullmatch(phone_number):
        raise TwilioError(INVALID_PHONE_NUMBER, f"{phone_number} is not a valid phone number")
    number = stock().get(phone_number)
    if number is None or find_holder(store, phone_number) is not None:
        raise TwilioError(NOT_AVAILABLE, f"{phone_number} is not available")
    return number


def _first_in_area_code(store: sqlite3.Connection, area_code: str) -> StockNumber:
    check_area_code(area_code)
    for number in available_numbers(store):
        if number.area_code == area_code:
            return number
    raise TwilioError(NONE_IN_AREA_CODE, f"No phone numbers found in area code {area_code}")


def _add(
    store: sqlite3.Connection, account_sid: str, number: StockNumber, settings: Settings, provisioning: Provisioning
) -> IncomingNumber:
    sid, now = new_sid("PN"), time.time()
    [row] = store.execute(
        "INSERT INTO incoming_number (sid, account_sid, phone_number, settings, created_at, updated_at,"
        " in_use_at, reads_until_in_use) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
        (
            *(sid, account_sid, number.phone_number, json.dumps(settings), now, now),
            *(now + provisioning.seconds, provisioning.reads),
        ),
    ).fetchall()
    return incoming_number(row)
