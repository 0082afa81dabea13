"""`flask numbers pause|resume`: one number, several, or all of an agent, a location or the account."""

from typing import Any

import click
from flask.cli import with_appcontext

from admin.commands.shell import account_id, account_option, changes, json_option, receives, tell, who
from operations.list_numbers import list_numbers
from operations.pause import Pause
from operations.pause_number import pause_number, pause_numbers, resume_number, resume_numbers
from operations.pause_until import read_until

CAN_BE = ("active", "paused")
TREATMENTS = {
    "busy": "Callers hear the busy tone.",
    "not_in_service": "Callers hear that it is not in service.",
    "message": "Callers hear: “{message}”",
    "forward": "Callers are forwarded to {forward_to}.",
}
phone_numbers_argument = click.argument("phone_numbers", nargs=-1, metavar="[PHONE_NUMBER…]")
reason_option = click.option("--reason", help="Why, for the audit trail.")
every_option = click.option("--all", "every", is_flag=True, help="All active and paused numbers of the account.")
agent_option = click.option("--agent", help="Those that this agent (name or id) answers.")
location_option = click.option("--location", help="Those of this location (name or id).")


@click.command("pause")
@phone_numbers_argument
@every_option
@agent_option
@location_option
@reason_option
@click.option("--until", help="When it resumes by itself: 2026-12-24T09:00 on the location's clock, or with an offset.")
@click.option("--timezone", help="The clock that --until is read on, such as America/Los_Angeles.")
@click.option("--busy", is_flag=True, help="Let callers hear the busy tone.")
@click.option("--message", help="Speak this to callers, then hang up. Such calls are answered, and so billed.")
@click.option("--not-in-service", is_flag=True, help="Let callers hear that the number is not in service.")
@click.option("--forward-to", help="Forward callers to this phone number.")
@account_option
@json_option
@with_appcontext
def pause(
    phone_numbers: tuple[str, ...],
    every: bool,
    agent: str | None,
    location: str | None,
    reason: str | None,
    until: str | None,
    timezone: str | None,
    busy: bool,
    message: str | None,
    not_in_service: bool,
    forward_to: str | None,
    account: str | None,
    as_json: bool,
) -> None:
    """Stop numbers from receiving calls; exit status 0 means that it is in force on every host.

    Where nothing else is said, callers hear what the account has for that (`accounts edit`): the busy tone, unless it
    has another choice. Several numbers are paused in one change, all or none.
    """
    named = _named(phone_numbers, every, agent, location, account)
    with changes().database.reading() as session:
        resume_at = read_until(session, account_id(account), named, until, timezone) if until else None
    wanted = Pause(chosen_treatment(busy, not_in_service, message, forward_to), message, forward_to, resume_at)
    if len(named) > 1:
        many, outcome = pause_numbers(changes(), who(account), named, reason, wanted)
        tell(as_json, {"numbers": many}, f"{len(many)} numbers are paused. {_meets(many[0]['paused'])}", outcome)
        return
    number, outcome = pause_number(changes(), who(account), named[0], reason, wanted)
    tell(as_json, number, f"{number['phone_number']} is paused. {_meets(number['paused'])}", outcome)


@click.command("resume")
@phone_numbers_argument
@every_option
@agent_option
@location_option
@reason_option
@account_option
@json_option
@with_appcontext
def resume(
    phone_numbers: tuple[str, ...],
    every: bool,
    agent: str | None,
    location: str | None,
    reason: str | None,
    account: str | None,
    as_json: bool,
) -> None:
    """Let paused numbers receive calls again; several in one change, all or none."""
    named = _named(phone_numbers, every, agent, location, account)
    if len(named) > 1:
        many, outcome = resume_numbers(changes(), who(account), named, reason)
        tell(as_json, {"numbers": many}, f"{len(many)} numbers are active.", outcome)
        return
    number, outcome = resume_number(changes(), who(account), named[0], reason)
    tell(as_json, number, f"{number['phone_number']} is active. {receives(number)}", outcome)


def chosen_treatment(busy: bool, not_in_service: bool, message: str | None, forward_to: str | None) -> str | None:
    """Return what callers are to meet by what was typed, None if nothing was; refuse two at once."""
    said = {"busy": busy, "not_in_service": not_in_service, "message": message is not None}
    said["forward"] = forward_to is not None
    chosen = [treatment for treatment, is_said in said.items() if is_said]
    if len(chosen) > 1:
        raise click.UsageError("Say one thing that callers meet: busy, not in service, a message or a forward.")
    return chosen[0] if chosen else None


def _named(
    phone_numbers: tuple[str, ...], every: bool, agent: str | None, location: str | None, account: str | None
) -> list[str]:
    """Return the phone numbers that are meant: those typed, or those selected now."""
    is_selected = every or agent is not None or location is not None
    if is_selected == bool(phone_numbers):
        raise click.UsageError("Name phone numbers, or select them with --all, --agent or --location.")
    if phone_numbers:
        return list(phone_numbers)
    with changes().database.reading() as session:
        rows = list_numbers(session, account_id(account))
    selected = [row["phone_number"] for row in rows if _is_selected(row, agent, location)]
    if not selected:
        raise click.ClickException("No number is selected.")
    return selected


def _is_selected(row: dict[str, Any], agent: str | None, location: str | None) -> bool:
    if row["status"] not in CAN_BE:
        return False
    wanted = (("agent", agent), ("location", location))
    return all(name is None or _is_called(row[part], name) for part, name in wanted)


def _is_called(holder: dict[str, Any] | None, name_or_id: str) -> bool:
    return holder is not None and name_or_id in (holder["name"], str(holder["id"]))


def _meets(paused: dict[str, Any]) -> str:
    """Say what callers of a paused number meet, and until when."""
    sentence = TREATMENTS[paused["treatment"]].format(**paused)
    return f"{sentence} It resumes by itself at {paused['resume_at']}." if paused["resume_at"] else sentence
