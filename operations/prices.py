"""Know what numbers cost a month: Twilio's prices, kept for a day in the database."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from models import Database, Price
from operations.twilio_account import NUMBER_TYPES, CountryPrice, TwilioAccount
from operations.twilio_errors import TwilioProblem

FRESH_FOR = timedelta(hours=24)


def monthly_price(database: Database, twilio: TwilioAccount, iso_country: str, number_type: str) -> Price | None:
    """Return what a number of a type costs in a country, or None when nobody knows.

    A price of the last 24 hours is believed without asking. When Twilio does not answer, an older one is better than
    none: `read_at` tells its age.
    """
    return country_prices(database, twilio, iso_country).get(number_type)


def country_prices(database: Database, twilio: TwilioAccount, iso_country: str) -> dict[str, Price]:
    """Return the prices of a country (ISO 3166) by type of number; empty when nobody knows any."""
    known = _read(database, iso_country)
    if any(price.read_at > datetime.now(UTC) - FRESH_FOR for price in known.values()):
        return known
    try:
        told = [price for price in twilio.prices(iso_country) if price.number_type in NUMBER_TYPES]
    except TwilioProblem:
        return known
    if not told:
        return known
    _write(database, iso_country, told)
    return _read(database, iso_country)


def _read(database: Database, iso_country: str) -> dict[str, Price]:
    with database.reading() as session:
        found = session.scalars(select(Price).where(Price.iso_country == iso_country))
        return {price.number_type: price for price in found}


def _write(database: Database, iso_country: str, prices: Sequence[CountryPrice]) -> None:
    """Store what Twilio said; of two who do so at once, the later one's stays, which is the same."""
    insert = sqlite.insert if database.is_sqlite else postgresql.insert
    rows = [
        {
            "iso_country": iso_country,
            "number_type": price.number_type,
            "amount": price.amount,
            "unit": price.unit,
            "read_at": datetime.now(UTC),
        }
        for price in sorted(prices, key=lambda price: price.number_type)  # in one order, so that none waits for another
    ]
    statement = insert(Price).values(rows)
    changed = {name: statement.excluded[name] for name in ("amount", "unit", "read_at")}
    with database.writing() as session:
        session.execute(statement.on_conflict_do_update(index_elements=["iso_country", "number_type"], set_=changed))
