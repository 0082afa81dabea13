"""Twilio's prices are kept for a day; an old price is better than none."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import responses
from sqlalchemy import update

from models import Database, Price
from operations.changes import Changes
from operations.prices import country_prices, monthly_price
from operations.twilio_account import TwilioAccount
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN

PRICING = "https://pricing.twilio.com/v1/PhoneNumbers/Countries/US"


@pytest.fixture
def twilio() -> Iterator[TwilioAccount]:
    account = TwilioAccount(ACCOUNT_SID, ACCOUNT_SID, AUTH_TOKEN)
    yield account
    account.close()


@pytest.fixture
def pricing() -> Iterator[responses.RequestsMock]:
    """Twilio's Pricing API, which answers as the test says."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as pricing:
        yield pricing


@pytest.fixture
def database(changes: Changes) -> Database:
    return changes.database


def say_prices(pricing: responses.RequestsMock, **prices: str) -> None:
    listed = [
        {"number_type": number_type.replace("_", " "), "base_price": "9.99", "current_price": price}
        for number_type, price in prices.items()
    ]
    pricing.upsert("GET", PRICING, json={"price_unit": "usd", "iso_country": "US", "phone_number_prices": listed})


def make_older(database: Database, age: timedelta) -> None:
    with database.writing() as session:
        session.execute(update(Price).values(read_at=datetime.now(UTC) - age))


def test_price_is_asked_once_a_day(database: Database, twilio: TwilioAccount, pricing: responses.RequestsMock) -> None:
    """For all types of the country at once; it is what this account pays, not the list price."""
    say_prices(pricing, local="1.15", toll_free="2.1500")

    local = monthly_price(database, twilio, "US", "local")
    toll_free = monthly_price(database, twilio, "US", "toll_free")

    assert local is not None
    assert toll_free is not None
    assert (local.amount, local.unit, toll_free.amount) == (Decimal("1.15"), "USD", Decimal("2.15"))
    assert monthly_price(database, twilio, "US", "mobile") is None
    assert len(pricing.calls) == 1


def test_price_of_yesterday_is_asked_again(
    database: Database, twilio: TwilioAccount, pricing: responses.RequestsMock
) -> None:
    """The new one takes its place."""
    say_prices(pricing, local="1.15")
    monthly_price(database, twilio, "US", "local")
    make_older(database, timedelta(hours=25))
    say_prices(pricing, local="1.30", mobile="4")

    price = monthly_price(database, twilio, "US", "local")

    assert price is not None
    assert price.amount == Decimal("1.30")
    assert {*country_prices(database, twilio, "US")} == {"local", "mobile"}
    assert len(pricing.calls) == 2


@pytest.mark.parametrize("status", [401, 429, 500])
def test_old_price_is_better_than_none(
    database: Database, twilio: TwilioAccount, pricing: responses.RequestsMock, status: int
) -> None:
    """Its age can be seen."""
    say_prices(pricing, local="1.15")
    monthly_price(database, twilio, "US", "local")
    make_older(database, timedelta(days=40))
    pricing.upsert("GET", PRICING, body="", status=status)

    price = monthly_price(database, twilio, "US", "local")

    assert price is not None
    assert price.amount == Decimal("1.15")
    assert price.read_at < datetime.now(UTC) - timedelta(days=39)


@pytest.mark.parametrize("listed", [[], None, [{"number_type": "local", "current_price": "free"}], [{"price": "1"}]])
def test_nobody_knows_a_price_that_twilio_does_not_tell(
    database: Database, twilio: TwilioAccount, pricing: responses.RequestsMock, listed: object
) -> None:
    """A number can be got all the same."""
    pricing.add("GET", PRICING, json={"price_unit": "USD", "iso_country": "US", "phone_number_prices": listed})

    assert monthly_price(database, twilio, "US", "local") is None


def test_twilio_that_cannot_be_reached_leaves_no_price(
    database: Database, twilio: TwilioAccount, pricing: responses.RequestsMock
) -> None:
    """And no error."""
    assert monthly_price(database, twilio, "US", "local") is None
