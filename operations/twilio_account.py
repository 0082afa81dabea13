"""Twilio's REST API as far as we need it: search, buy, find, configure and release numbers, read prices and calls.

The one place that uses Twilio's client. Every method raises a TwilioProblem, and nothing else, when Twilio does not do
what is asked; only `buy`, `configure` and `release` raise TwilioOutcomeUnknown. Nothing that changes anything is ever
repeated here. It is never used on the call path.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any

from twilio.base import values
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from operations.twilio_errors import NOT_FOUND, READ, TwilioProblem, TwilioRefused, problem_of_answer
from operations.twilio_http import TwilioHttp
from operations.twilio_values import (
    AccountState,
    AvailableNumber,
    CountryPrice,
    OwnedNumber,
    TwilioCall,
    Webhooks,
    available_number,
    owned_number,
    plain_type,
    twilio_call,
    webhooks_of,
)

__all__ = [
    "AccountState",
    "AvailableNumber",
    "CountryPrice",
    "OwnedNumber",
    "TwilioAccount",
    "TwilioCall",
    "Webhooks",
    "webhooks_of",
]

WRITE = "POST"
LARGEST_PAGE = 1000
VOICE = "voice"
# The sub-resources of AvailablePhoneNumbers that take calls, in the order in which types are offered
# (https://www.twilio.com/docs/phone-numbers/api/availablephonenumber-resource).
NUMBER_TYPES = ("local", "toll_free", "mobile", "national", "voip", "shared_cost")
# Given so that the SDK does not look for TWILIO_REGION and others in this process's environment.
NO_ENVIRONMENT = {"TWILIO_EDGE": "", "TWILIO_REGION": ""}


class TwilioAccount:
    """One account at Twilio. Making it connects to nothing; threads may share it."""

    def __init__(
        self,
        account_sid: str,
        username: str,
        password: str,
        base_url: str = "",
        count: Callable[[str], object] = str,
    ) -> None:
        """Log in as `username`, which is the AccountSid or an API key's SID, at Twilio's or at `base_url`.

        `count` is told of each request's outcome (`twilio_http.py`).
        """
        self._http = TwilioHttp(base_url, count)
        self._client = Client(username, password, account_sid, http_client=self._http, environment=NO_ENVIRONMENT)

    def read_state(self) -> AccountState:
        """Return which account it is and whether it is active; no standard API key may ask: TwilioRefused is raised.

        https://www.twilio.com/docs/iam/api/account. The answer holds the Auth Token, so nothing else of it is kept.
        """
        with understanding(READ):
            uri = f"https://api.twilio.com/2010-04-01/Accounts/{self._client.account_sid}.json"
            answer = self._client.request(READ, uri)
            said = json.loads(answer.text)
            clock = (
                parsedate_to_datetime(answer.headers["Date"]) if answer.headers and "Date" in answer.headers else None
            )
            is_trial = said.get("type") == "Trial"
            account_sid, name = str(self._client.account_sid), str(said.get("friendly_name", ""))
            return AccountState(account_sid, name, str(said["status"]), is_trial, clock)

    def has_any_number(self) -> bool:
        """Tell whether the account has a number; the cheapest question that every kind of credentials may ask."""
        with understanding(READ):
            return bool(self._client.incoming_phone_numbers.list(limit=1))

    def number_types(self, iso_country: str) -> tuple[str, ...]:
        """Return the types of number that a country (ISO 3166) has: local, toll_free, mobile …; none is possible."""
        with understanding(READ):
            try:
                country = self._client.available_phone_numbers(iso_country).fetch()
            except TwilioRefused as problem:
                if problem.twilio_code == NOT_FOUND:
                    return ()
                raise
            offered = {plain_type(name) for name in country.subresource_uris or ()}
        return tuple(number_type for number_type in NUMBER_TYPES if number_type in offered)

    def search(
        self,
        iso_country: str,
        number_type: str,
        *,
        area_code: str | None = None,
        contains: str | None = None,
        city: str | None = None,
        region: str | None = None,
        limit: int = 20,
    ) -> list[AvailableNumber]:
        """Return numbers that can be bought and take calls; finding one does not reserve it.

        `contains` has 2 to 16 digits, letters (as on a keypad) or `*` for any digit. Raises TwilioRefused with the code
        `not_at_twilio` for a country or a type that Twilio does not have.
        """
        wishes = {"area_code": area_code, "contains": contains, "in_locality": city, "in_region": region}
        given: dict[str, Any] = {name: wish for name, wish in wishes.items() if wish}
        with understanding(READ):
            resource = getattr(self._client.available_phone_numbers(iso_country), number_type)
            found = resource.list(**given, voice_enabled=True, limit=limit)
            numbers = [available_number(one, iso_country, number_type) for one in found]
        return [number for number in numbers if VOICE in number.capabilities]

    def prices(self, iso_country: str) -> list[CountryPrice]:
        """Return what a number of each type costs a month in a country, for this account; none if it has no numbers."""
        with understanding(READ):
            try:
                country = self._client.pricing.v1.phone_numbers.countries(iso_country).fetch()
            except TwilioRefused as problem:
                if problem.twilio_code == NOT_FOUND:
                    return []
                raise
            unit = str(country.price_unit).upper()
            prices: list[Any] = country.phone_number_prices or []
            return [
                CountryPrice(plain_type(price["number_type"]), Decimal(price["current_price"]), unit)
                for price in prices
            ]

    def is_regulated(self, iso_country: str, number_type: str) -> bool | None:
        """Tell whether numbers of a type need a regulatory bundle in a country; None if Twilio does not say.

        Twilio lists a regulation for what needs one, and advises against knowing any by heart
        (https://www.twilio.com/docs/phone-numbers/regulatory/api/regulations).
        """
        with understanding(READ):
            try:
                regulations = self._client.numbers.v2.regulatory_compliance.regulations
                kind = number_type.replace("_", "-")
                return bool(regulations.list(iso_country=iso_country, number_type=kind, limit=1))
            except TwilioRefused as problem:
                if problem.twilio_code == NOT_FOUND:
                    return None
                raise

    def buy(self, phone_number: str, friendly_name: str, webhooks: Webhooks) -> OwnedNumber:
        """Buy a number (E.164), with all that it needs to take calls, in one request.

        Find out first that the account does not have it: Twilio would not refuse, but point the live number at these
        webhooks (https://github.com/danielberkompas/ex_twilio/pull/116). `friendly_name` has at most 64 characters.
        """
        with understanding(WRITE):
            return owned_number(
                self._client.incoming_phone_numbers.create(
                    phone_number=phone_number, friendly_name=friendly_name, **_configuration(webhooks)
                )
            )

    def find(self, phone_number: str) -> OwnedNumber | None:
        """Return the account's number of exactly these digits (E.164), or None."""
        with understanding(READ):
            for one in self._client.incoming_phone_numbers.stream(phone_number=phone_number):
                if one.phone_number == phone_number:
                    return owned_number(one)
        return None

    def every_number(self) -> Iterator[OwnedNumber]:
        """Yield the account's numbers; pages of a thousand are read on the way, so it may fail on the way."""
        with understanding(READ):
            for one in self._client.incoming_phone_numbers.stream(page_size=LARGEST_PAGE):
                yield owned_number(one)

    def read(self, sid: str) -> OwnedNumber | None:
        """Return a number by its SID, or None if the account has it no more."""
        with understanding(READ):
            try:
                return owned_number(self._client.incoming_phone_numbers(sid).fetch())
            except TwilioRefused as problem:
                if problem.twilio_code == NOT_FOUND:
                    return None
                raise

    def configure(self, sid: str, webhooks: Webhooks) -> OwnedNumber:
        """Point a number at our webhooks, and take it from the application or trunk that would override them.

        https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource: VoiceUrl is ignored while
        VoiceApplicationSid or TrunkSid is set. Doing it twice is the same as once.
        """
        with understanding(WRITE):
            return owned_number(
                self._client.incoming_phone_numbers(sid).update(
                    **_configuration(webhooks), voice_application_sid="", trunk_sid=""
                )
            )

    def release(self, sid: str) -> bool:
        """Give a number back, which ends its charges; False if it was gone already."""
        try:
            self._client.incoming_phone_numbers(sid).delete()
        except TwilioRefused as problem:
            if problem.twilio_code == NOT_FOUND:
                return False
            raise
        return True

    def calls(self, since: datetime, until: datetime) -> Iterator[TwilioCall]:
        """Yield the calls that began between two moments, in both directions; it may fail on the way."""
        with understanding(READ):
            for one in self._client.calls.stream(
                start_time_after=since.astimezone(UTC),
                start_time_before=until.astimezone(UTC),
                page_size=LARGEST_PAGE,
            ):
                yield twilio_call(one)

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._http.close()


@contextmanager
def understanding(method: str) -> Iterator[None]:
    """Raise a TwilioProblem for an answer that is not what Twilio's documentation promises."""
    try:
        yield
    except TwilioProblem:
        raise
    except (TwilioException, InvalidOperation, LookupError, AttributeError, TypeError, ValueError) as error:
        raise problem_of_answer(0, "", method) from error


def _configuration(webhooks: Webhooks) -> dict[str, Any]:
    return {
        "voice_url": webhooks.voice_url,
        "voice_method": WRITE,
        "voice_fallback_url": webhooks.fallback_url,
        "voice_fallback_method": WRITE,
        "status_callback": webhooks.status_callback_url or values.unset,
        "status_callback_method": WRITE,
    }
