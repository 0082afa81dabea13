"""Read, change and release the numbers that accounts have.

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
"""

import json
import re
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from simulator.rest.errors import UNRELATED_ACCOUNT, TwilioError
from simulator.rest.inventory import StockNumber, stock
from simulator.rest.number_settings import Settings, changed_settings
from simulator.rest.provisioning import IN_USE, PENDING
from simulator.rest.store import open_store

YEARS_IN_SECONDS = 10 * 365 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class IncomingNumber:
    """A number that somebody has. ``position`` orders lists; times are seconds since 1970."""

    position: int
    sid: str
    account_sid: str
    phone_number: str
    settings: Settings
    created_at: float
    updated_at: float
    status: str

    @property
    def stock_number(self) -> StockNumber:
        """What is known of the number, whoever has it."""
        return stock()[self.phone_number]


def read_number(folder: Path, account_sid: str, sid: str) -> IncomingNumber | None:
    """Return a number of the account's, as it is before this read counts."""
    with open_store(folder) as store:
        row = store.execute(
            "SELECT * FROM incoming_number WHERE account_sid = ? AND sid = ?", (account_sid, sid)
        ).fetchone()
        if row is None:
            return None
        number = incoming_number(row)
        _count_reads(store, [number])
        return number


def list_numbers(folder: Path, account_sid: str, wishes: Mapping[str, str]) -> list[IncomingNumber]:
    """Return the account's numbers that fit, the newest first; the order is inferred."""
    with open_store(folder) as store:
        rows = store.execute(
            "SELECT * FROM incoming_number WHERE account_sid = ? ORDER BY position DESC", (account_sid,)
        )
        numbers = [number for number in map(incoming_number, rows) if _fits(number, wishes)]
        _count_reads(store, numbers)
        return numbers


def change_number(folder: Path, account_sid: str, sid: str, form: Mapping[str, str]) -> IncomingNumber | None:
    """Change a number of the account's. A transfer needs subaccounts, which there are none of here."""
    if form.get("AccountSid", account_sid) != account_sid:
        raise TwilioError(UNRELATED_ACCOUNT, "Cannot transfer a phone number to an unrelated account")
    with open_store(folder) as store:
        row = store.execute(
            "SELECT * FROM incoming_number WHERE account_sid = ? AND sid = ?", (account_sid, sid)
        ).fetchone()
        return None if row is None else apply_form(store, incoming_number(row), form)


def release_number(folder: Path, account_sid: str, sid: str) -> bool:
    """Give a number back, and say whether the account had it."""
    with open_store(folder) as store:
        released = store.execute("DELETE FROM incoming_number WHERE account_sid = ? AND sid = ?", (account_sid, sid))
        return released.rowcount > 0


def keep_pending(folder: Path, phone_number: str) -> None:
    """Let a number that somebody has be pending for years, to show what that is like."""
    with open_store(folder) as store:
        store.execute(
            "UPDATE incoming_number SET in_use_at = ? WHERE phone_number = ?",
            (time.time() + YEARS_IN_SECONDS, phone_number),
        )


def find_holder(store: sqlite3.Connection, phone_number: str) -> IncomingNumber | None:
    """Return a number that somebody has, whoever it is. This does not count as a read."""
    row = store.execute("SELECT * FROM incoming_number WHERE phone_number = ?", (phone_number,)).fetchone()
    return None if row is None else incoming_number(row)


def apply_form(store: sqlite3.Connection, number: IncomingNumber, form: Mapping[str, str]) -> IncomingNumber:
    """Change the settings that the form names, and return the number as it is then."""
    [row] = store.execute(
        "UPDATE incoming_number SET settings = ?, updated_at = ? WHERE sid = ? RETURNING *",
        (json.dumps(changed_settings(number.settings, form)), time.time(), number.sid),
    ).fetchall()
    return incoming_number(row)


def incoming_number(row: sqlite3.Row) -> IncomingNumber:
    """Read a number from its row; it takes calls once it was read often enough and its time has come."""
    is_pending = row["reads_until_in_use"] > 0 or time.time() < row["in_use_at"]
    return IncomingNumber(
        position=row["position"],
        sid=row["sid"],
        account_sid=row["account_sid"],
        phone_number=row["phone_number"],
        settings=json.loads(row["settings"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        status=PENDING if is_pending else IN_USE,
    )


def _count_reads(store: sqlite3.Connection, numbers: list[IncomingNumber]) -> None:
    store.executemany(
        "UPDATE incoming_number SET reads_until_in_use = reads_until_in_use - 1"
        " WHERE sid = ? AND reads_until_in_use > 0",
        [(number.sid,) for number in numbers],
    )


def _fits(number: IncomingNumber, wishes: Mapping[str, str]) -> bool:
    """Compare with the list's filters: part of a number, ``*`` for any digit, and the whole friendly name."""
    part = re.escape(wishes.get("PhoneNumber", "").replace(" ", "+")).replace(r"\*", r"\d")
    return all(
        (
            re.search(part, number.phone_number),
            wishes.get("FriendlyName") in (None, "", number.settings["friendly_name"]),
            wishes.get("Origin") in (None, "", "twilio"),
            wishes.get("Beta", "").lower() != "false" or not number.stock_number.is_beta,
        )
    )
