"""`flask calls place`: a simulated call, sent where Twilio would send it now."""

import sys
from collections.abc import Iterator
from dataclasses import replace

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from admin.commands.shell import changes, settings
from models import Number
from operations.twilio_account import webhooks_of
from simulator.account import load_or_create_account
from simulator.certificates import load_or_create_certificates
from simulator.place_call import place_call
from simulator.rest import CallLedger, NotInService, call_to, lookup
from simulator.story import DIAL_OUTCOMES, PROBLEM, SimulatedCall, Step

NOBODY_HAS_IT = (
    "Nobody has {number} at Twilio. The caller hears that it is not in service, and Twilio asks no webhook of ours."
)
POINTS_ELSEWHERE = "At Twilio this number points elsewhere than at {base}; `flask numbers sync` tells of it."
NOT_AT_TWILIO = "The simulated Twilio does not have this number; the call goes straight to {base}."


@click.command("place")
@click.argument("from_number")
@click.argument("to_number")
@click.option("--forwarded-from", help="The business line that forwarded the call.")
@click.option("--dial-outcome", type=click.Choice(DIAL_OUTCOMES), default="answered", show_default=True)
@with_appcontext
def place(from_number: str, to_number: str, forwarded_from: str | None, dial_outcome: str) -> None:
    """Place a simulated call, signed as Twilio signs, to the running router, and tell its story.

    Without Twilio credentials it goes where the simulated Twilio sends it. Exit status 1 means that something went
    wrong, or that nobody has the number.
    """
    folder = settings().data_dir / "simulator"
    try:
        call = (
            _sent_by_twilio(from_number, to_number) if settings().uses_simulator else _straight(from_number, to_number)
        )
    except NotInService as why:
        click.echo(str(why))
        sys.exit(1)
    call = replace(
        call,
        forwarded_from=forwarded_from,
        dial_outcome=dial_outcome,
        certificate_authority=load_or_create_certificates(folder).authority,
    )
    has_problem = False
    for step in _follow(call):
        click.echo(step.text)
        has_problem = has_problem or step.kind == PROBLEM
    sys.exit(1 if has_problem else 0)


def _sent_by_twilio(from_number: str, to_number: str) -> SimulatedCall:
    """Return the call as the simulated Twilio sends it; raises NotInService when nobody has the number.

    One that only we have, because it was added while the simulated Twilio was away, can be called all the same.
    """
    folder, base = settings().data_dir / "simulator", settings().public_base
    if lookup(folder, to_number):
        call = call_to(folder, from_number, to_number)
        if call.voice_url != webhooks_of(base).voice_url:
            click.echo(POINTS_ELSEWHERE.format(base=base), err=True)
        return call
    if not _is_live_here(to_number):
        raise NotInService(NOBODY_HAS_IT.format(number=to_number))
    click.echo(NOT_AT_TWILIO.format(base=base), err=True)
    return _straight(from_number, to_number)


def _straight(from_number: str, to_number: str) -> SimulatedCall:
    """Return a call that comes straight to us, as if the number were configured at Twilio as it should be."""
    account = load_or_create_account(settings().data_dir / "simulator")
    webhooks = webhooks_of(settings().public_base)
    return SimulatedCall(
        from_number=from_number,
        to_number=to_number,
        voice_url=webhooks.voice_url,
        fallback_url=webhooks.fallback_url,
        status_callback_url=webhooks.status_callback_url,
        account_sid=settings().twilio_account_sid or account.account_sid,
        auth_token=settings().twilio_auth_token[0] if settings().twilio_auth_token else account.auth_token,
    )


def _is_live_here(phone_number: str) -> bool:
    live = select(Number.id).where(Number.phone_number == phone_number, Number.status != "released")
    with changes().database.reading() as session:
        return session.scalar(live.limit(1)) is not None


def _follow(call: SimulatedCall) -> Iterator[Step]:
    """Follow the call; the simulated Twilio keeps it in its list of calls, the real one has no part in it."""
    steps = place_call(call)
    return CallLedger(settings().data_dir / "simulator").follow(call, steps) if settings().uses_simulator else steps
