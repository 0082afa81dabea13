"""What is said to Twilio and what it says, as plain values with types; read from the SDK's objects.

Twilio spells some of it in several ways: "toll free", "toll-free" and "TollFree"; capabilities in capitals or not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

# Twilio tries again after a 5xx, a failed connection or a silent one, twice, inside its 15 seconds
# (https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides).
CONNECTION_OVERRIDES = "#rc=2&rp=5xx,ct,rt"
IN_USE = "in-use"


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The URLs that Twilio is to ask for a number; all are asked by POST."""

    voice_url: str
    fallback_url: str
    status_callback_url: str


@dataclass(frozen=True, slots=True)
class AccountState:
    """The account as a whole: its name, `status` (active, suspended, closed), if it is a trial, and Twilio's clock."""

    sid: str
    friendly_name: str
    status: str
    is_trial: bool
    clock: datetime | None


@dataclass(frozen=True, slots=True)
class AvailableNumber:
    """A number (E.164) that can be bought. `number_type` is local, toll_free, mobile, national …

    `capabilities` are in lower case (voice, sms, mms, fax). `address_requirements` is none, any, local or foreign.
    """

    phone_number: str
    friendly_name: str
    iso_country: str
    number_type: str
    locality: str | None
    region: str | None
    postal_code: str | None
    capabilities: tuple[str, ...]
    address_requirements: str
    is_beta: bool


@dataclass(frozen=True, slots=True)
class OwnedNumber:
    """A number (E.164) that the account has, as it is configured; what is not set is an empty string.

    Twilio asks `voice_url` only while `voice_application_sid` and `trunk_sid` are empty.
    """

    sid: str
    phone_number: str
    friendly_name: str
    status: str
    voice_url: str
    voice_method: str
    voice_fallback_url: str
    voice_fallback_method: str
    status_callback: str
    status_callback_method: str
    voice_application_sid: str
    trunk_sid: str
    number_type: str | None
    created_at: datetime | None

    @property
    def is_in_use(self) -> bool:
        """Tell whether it takes calls; no page of Twilio's says what else a status can be, so none counts as yes."""
        return self.status in ("", IN_USE)


@dataclass(frozen=True, slots=True)
class CountryPrice:
    """What numbers of a type cost a month: `amount` in whole units of `unit` (ISO 4217, such as USD)."""

    number_type: str
    amount: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class TwilioCall:
    """A call as Twilio's own list tells it; inbound ones have the direction "inbound"."""

    account_sid: str
    call_sid: str
    parent_call_sid: str | None
    direction: str
    from_number: str
    to_number: str
    forwarded_from: str | None
    phone_number_sid: str | None
    status: str
    started_at: datetime | None
    ended_at: datetime | None
    duration_seconds: int | None


def webhooks_of(public_base: str) -> Webhooks:
    """Return our webhooks below a base URL. Twilio's settings behind `#` are neither sent nor signed."""
    voice = f"{public_base}/twilio/voice"
    return Webhooks(f"{voice}{CONNECTION_OVERRIDES}", f"{voice}/fallback", f"{voice}/status")


def plain_type(name: str) -> str:
    """Return a type of number in our one spelling, such as toll_free."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def available_number(found: Any, iso_country: str, number_type: str) -> AvailableNumber:
    """Read a result of a search in a country for a type."""
    return AvailableNumber(
        phone_number=_must(found.phone_number),
        friendly_name=found.friendly_name or found.phone_number,
        iso_country=found.iso_country or iso_country,
        number_type=number_type,
        locality=found.locality or None,
        region=found.region or None,
        postal_code=found.postal_code or None,
        capabilities=_capabilities(found.capabilities),
        address_requirements=found.address_requirements or "none",
        is_beta=bool(found.beta),
    )


def owned_number(one: Any) -> OwnedNumber:
    """Read an IncomingPhoneNumber."""
    return OwnedNumber(
        sid=_must(one.sid),
        phone_number=_must(one.phone_number),
        friendly_name=one.friendly_name or "",
        status=one.status or "",
        voice_url=one.voice_url or "",
        voice_method=one.voice_method or "",
        voice_fallback_url=one.voice_fallback_url or "",
        voice_fallback_method=one.voice_fallback_method or "",
        status_callback=one.status_callback or "",
        status_callback_method=one.status_callback_method or "",
        voice_application_sid=one.voice_application_sid or "",
        trunk_sid=one.trunk_sid or "",
        number_type=plain_type(one.type) if one.type else None,
        created_at=one.date_created,
    )


def twilio_call(one: Any) -> TwilioCall:
    """Read a Call; the SDK keeps From under a name of its own, because `from` is a word of Python's."""
    return TwilioCall(
        account_sid=_must(one.account_sid),
        call_sid=_must(one.sid),
        parent_call_sid=one.parent_call_sid or None,
        direction=one.direction or "",
        from_number=one._from or "",
        to_number=one.to or "",
        forwarded_from=one.forwarded_from or None,
        phone_number_sid=one.phone_number_sid or None,
        status=one.status or "",
        started_at=one.start_time,
        ended_at=one.end_time,
        duration_seconds=int(one.duration) if one.duration else None,
    )


def _must(value: str | None) -> str:
    """Return what an answer cannot do without; raises ValueError."""
    if not value:
        raise ValueError("the answer lacks an identifier")
    return value


def _capabilities(flags: Mapping[str, bool] | None) -> tuple[str, ...]:
    return tuple(sorted(name.lower() for name, has_it in (flags or {}).items() if has_it))
