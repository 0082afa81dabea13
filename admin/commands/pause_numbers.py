"""`flask numbers pause|resume`: one number, several, or all of an agent, a location or the account."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import click
from flask.cli import with_appcontext

from admin.commands.progress import showing_progress, stopping_between_steps
from admin.commands.shell import account_id, account_option, changes, json_option, receives, tell, who
from operations.finding import MOST_NUMBERS_AT_ONCE
from operations.in_force import Outcome
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
    has another choice. Several numbers are paused in one change, all or none; more than 1,000 in changes of as many,
    each in force before the next one begins. Ctrl-C ends it between two of them.
    """
    named = _named(phone_numbers, every, agent, location, account)
    resume_at = _read_until(named, until, timezone, account) if until else None
    wanted = Pause(chosen_treatment(busy, not_in_service, message, forward_to), message, forward_to, resume_at)
    if len(named) > 1:
        many, outcome = _in_steps(
            named, "Numbers paused", lambda step: pause_numbers(changes(), who(account), step, reason, wanted)
        )
        _tell(as_json, {"numbers": many}, f"{len(many)} numbers are paused. {_meets(many[0]['paused'])}", outcome)
        return
    number, outcome = pause_number(changes(), who(account), named[0], reason, wanted)
    _tell(as_json, number, f"{number['phone_number']} is paused. {_meets(number['paused'])}", outcome)


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
    """Let paused numbers receive calls again; several in one change, all or none; more than 1,000 in several."""
    named = _named(phone_numbers, every, agent, location, account)
    if len(named) > 1:
        many, outcome = _in_steps(
            named, "Numbers resumed", lambda step: resume_numbers(changes(), who(account), step, reason)
        )
        _tell(as_json, {"numbers": many}, f"{len(many)} numbers are active.", outcome)
        return
    number, outcome = resume_number(changes(), who(account), named[0], reason)
    _tell(as_json, number, f"{number['phone_number']} is active. {receives(number)}", outcome)


def chosen_treatment(busy: bool, not_in_service: bool, message: str | None, forward_to: str | None) -> str | None:
    """Return what callers are to meet by what was typed, None if nothing was; refuse two at once."""
    said = {"busy": busy, "not_in_service": not_in_service, "message": message is not None}
    said["forward"] = forward_to is not None
    chosen = [treatment for treatment, is_said in said.items() if is_said]
    if len(chosen) > 1:
        raise click.UsageError("Say one thing that callers meet: busy, not in service, a message or a forward.")
    return chosen[0] if chosen else None


def _steps_of(named: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield as many at a time as one change takes."""
    for start in range(0, len(named), MOST_NUMBERS_AT_ONCE):
        yield named[start : start + MOST_NUMBERS_AT_ONCE]


def _in_steps(
    named: Sequence[str], label: str, change: Callable[[Sequence[str]], tuple[list[dict[str, Any]], Outcome]]
) -> tuple[list[dict[str, Any]], Outcome]:
    """Change all of them; return what they are now, and how far the last change got: who has that has all before it.

    If a later change fails or is not wanted any more, what the ones before have done stays, and is said.
    """
    if len(named) <= MOST_NUMBERS_AT_ONCE:
        return change(named)
    many: list[dict[str, Any]] = []
    with stopping_between_steps() as stop_if_asked, showing_progress(label, len(named)) as advance:
        try:
            for step in _steps_of(named):
                stop_if_asked()
                rows, outcome = change(step)
                many += rows
                advance(len(step))
        except BaseException:
            click.echo(f"{label} before that: {len(many):,} of {len(named):,}.", err=True)
            raise
    return many, outcome


def _read_until(named: Sequence[str], until: str, timezone: str | None, account: str | None) -> datetime:
    """Read when all of them resume; a clock time is one moment for all."""
    with changes().database.reading() as session:
        moments = {read_until(session, account_id(account), step, until, timezone) for step in _steps_of(named)}
    if len(moments) > 1:
        raise click.UsageError("These numbers are on different clocks. Say which one is meant: --timezone.")
    return moments.pop()


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


def _tell(as_json: bool, row: dict[str, Any], sentence: str, outcome: Outcome) -> None:
    """Say what was done, and that it is in force; where it is not yet, `tell` says on which hosts."""
    tell(as_json, row, f"{sentence} In force on every host." if outcome.in_force else sentence, outcome)


def _meets(paused: dict[str, Any]) -> str:
    """Say what callers of a paused number meet, and until when."""
    sentence = TREATMENTS[paused["treatment"]].format(**paused)
    return f"{sentence} It resumes by itself at {paused['resume_at']}." if paused["resume_at"] else sentence
