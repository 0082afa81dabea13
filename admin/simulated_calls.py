"""Make a simulated call, for the shell and the pages: where Twilio would send it now, and what follows."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from config.settings import Settings
from models import Number
from operations.changes import Changes
from operations.twilio_account import webhooks_of
from simulator.account import load_or_create_account
from simulator.certificates import load_or_create_certificates
from simulator.place_call import place_call
from simulator.rest import CallLedger, NotInService, call_to, lookup
from simulator.story import ANSWERED, SimulatedCall, Step

NOBODY_HAS_IT = (
    "Nobody has {number} at Twilio. The caller hears that it is not in service, and Twilio asks no webhook of ours."
)
POINTS_ELSEWHERE = "At Twilio this number points elsewhere than at {base}; `flask numbers sync` tells of it."
NOT_AT_TWILIO = "The simulated Twilio does not have this number; the call goes straight to {base}."


class NobodyToCall(Exception):
    """Twilio would ask nobody for a call to this number; the text says why."""


def simulated_call(
    settings: Settings,
    changes: Changes,
    from_number: str,
    to_number: str,
    forwarded_from: str | None = None,
    dial_outcome: str = ANSWERED,
    warn: Callable[[str], None] = lambda _: None,
) -> SimulatedCall:
    """Return a call as Twilio, or the simulated one without credentials, would send it now.

    `warn` is told what is odd about it. Raises NobodyToCall when the simulated Twilio would ask nobody.
    """
    try:
        is_simulated = settings.uses_simulator
        call = (
            _sent_by_twilio(settings, changes, from_number, to_number, warn)
            if is_simulated
            else _straight(settings, from_number, to_number)
        )
    except NotInService as why:
        raise NobodyToCall(str(why)) from None
    authority = load_or_create_certificates(_folder(settings)).authority
    return replace(call, forwarded_from=forwarded_from, dial_outcome=dial_outcome, certificate_authority=authority)


def follow(settings: Settings, call: SimulatedCall) -> Iterator[Step]:
    """Place a call and yield its steps; the simulated Twilio keeps it in its list, the real one has no part in it."""
    steps = place_call(call)
    return CallLedger(_folder(settings)).follow(call, steps) if settings.uses_simulator else steps


def _sent_by_twilio(
    settings: Settings, changes: Changes, from_number: str, to_number: str, warn: Callable[[str], None]
) -> SimulatedCall:
    """Return the call as the simulated Twilio sends it.

    One that only we have, because it was added while the simulated Twilio was away, can be called all the same.
    """
    folder, base = _folder(settings), settings.public_base
    if lookup(folder, to_number):
        call = call_to(folder, from_number, to_number)
        if call.voice_url != webhooks_of(base).voice_url:
            warn(POINTS_ELSEWHERE.format(base=base))
        return call
    if not _is_live_here(changes, to_number):
        raise NobodyToCall(NOBODY_HAS_IT.format(number=to_number))
    warn(NOT_AT_TWILIO.format(base=base))
    return _straight(settings, from_number, to_number)


def _straight(settings: Settings, from_number: str, to_number: str) -> SimulatedCall:
    """Return a call that comes straight to us, as if the number were configured at Twilio as it should be."""
    account = load_or_create_account(_folder(settings))
    webhooks = webhooks_of(settings.public_base)
    return SimulatedCall(
        from_number=from_number,
        to_number=to_number,
        voice_url=webhooks.voice_url,
        fallback_url=webhooks.fallback_url,
        status_callback_url=webhooks.status_callback_url,
        account_sid=settings.twilio_account_sid or account.account_sid,
        auth_token=settings.twilio_auth_token[0] if settings.twilio_auth_token else account.auth_token,
    )


def _is_live_here(changes: Changes, phone_number: str) -> bool:
    live = select(Number.id).where(Number.phone_number == phone_number, Number.status != "released")
    with changes.database.reading() as session:
        return session.scalar(live.limit(1)) is not None


def _folder(settings: Settings) -> Path:
    return settings.data_dir / "simulator"
