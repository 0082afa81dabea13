"""Look up how a number is configured, as Twilio does when a call comes in for it."""

from dataclasses import dataclass
from pathlib import Path

from simulator.rest.accounts import find_account
from simulator.rest.incoming_numbers import IncomingNumber, find_holder
from simulator.rest.provisioning import IN_USE
from simulator.rest.store import open_store
from simulator.story import SimulatedCall


class NotInService(Exception):
    """Twilio would request nothing for a call to this number; the text says why."""


@dataclass(frozen=True, slots=True)
class VoiceConfiguration:
    """What Twilio requests for a call to a number. ``voice_url`` is None if it requests nothing; ``why_not`` says why.

    An application or a trunk takes the number's own URLs out of use, and so does a purchase that is still pending.
    """

    account_sid: str
    phone_number: str
    phone_number_sid: str
    voice_url: str | None
    voice_method: str
    fallback_url: str | None
    fallback_method: str
    status_callback_url: str | None
    status_callback_method: str
    why_not: str | None = None


def lookup(folder: Path, to_number: str) -> VoiceConfiguration | None:
    """Return how a number is configured now, whoever has it, or None if nobody has it."""
    with open_store(folder) as store:
        number = find_holder(store, to_number)
    if number is None:
        return None
    settings, why_not = number.settings, _why_not(number)
    return VoiceConfiguration(
        account_sid=number.account_sid,
        phone_number=number.phone_number,
        phone_number_sid=number.sid,
        voice_url=None if why_not else settings["voice_url"],
        voice_method=settings["voice_method"],
        fallback_url=None if why_not else settings["voice_fallback_url"] or None,
        fallback_method=settings["voice_fallback_method"],
        status_callback_url=settings["status_callback"] or None,
        status_callback_method=settings["status_callback_method"],
        why_not=why_not,
    )


def call_to(folder: Path, from_number: str, to_number: str) -> SimulatedCall:
    """Return a call for ``place_call`` that goes where Twilio would send it now; change it by ``replace``."""
    configuration = lookup(folder, to_number)
    if configuration is None:
        raise NotInService(f"Nobody has {to_number}.")
    if configuration.voice_url is None:
        raise NotInService(f"{to_number} takes no calls: {configuration.why_not}.")
    account = find_account(folder, configuration.account_sid)
    if account is None:
        raise NotInService(f"The account of {to_number} is gone.")
    return SimulatedCall(
        from_number=from_number,
        to_number=to_number,
        voice_url=configuration.voice_url,
        account_sid=account.account_sid,
        auth_token=account.auth_token,
        fallback_url=configuration.fallback_url,
        status_callback_url=configuration.status_callback_url,
    )


def _why_not(number: IncomingNumber) -> str | None:
    if number.status != IN_USE:
        return "it was bought a moment ago and is still pending"
    if number.settings["trunk_sid"]:
        return "its calls go to a SIP trunk"
    if number.settings["voice_application_sid"]:
        return "its calls go to an application"
    return None if number.settings["voice_url"] else "it has no voice URL"
