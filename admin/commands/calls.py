"""`flask calls list|place`."""

import sys

import click

from admin.commands.shell import Commands, Row, account_id, account_option, changes, json_option, settings, tell_rows
from operations.checking import read_phone_number
from operations.list_calls import list_calls
from simulator.account import load_or_create_account
from simulator.certificates import load_or_create_certificates
from simulator.place_call import place_call
from simulator.story import DIAL_OUTCOMES, PROBLEM, SimulatedCall

# Twilio tries again after a 5xx, a failed connection or a silent one, twice, inside its 15 seconds
# (https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides).
CONNECTION_OVERRIDES = "#rc=2&rp=5xx,ct,rt"

calls = Commands("calls", help="Calls.")


@calls.command("list")
@click.option("--to", "to_number", help="Only calls to this number.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@account_option
@json_option
def list_command(to_number: str | None, limit: int, account: str | None, as_json: bool) -> None:
    """List the latest calls, newest first."""
    wanted = read_phone_number(to_number) if to_number else None
    with changes().database.reading() as session:
        rows = list_calls(session, account_id(account), limit, wanted)
    tell_rows(
        as_json,
        rows,
        {
            "received": lambda row: row["received_at"][:19],
            "from": lambda row: row["from_number"],
            "to": lambda row: row["to_number"],
            "decision": lambda row: row["decision"],
            "agent": lambda row: row["agent_name"],
            "location": lambda row: row["location_name"],
            "status": lambda row: row["call_status"],
            "hand-off": show_handoff,
            "seconds": lambda row: row["duration_seconds"],
            "via": lambda row: row["forwarded_from"],
        },
    )


def show_handoff(row: Row) -> str | None:
    """Show how the agent's hand-off ended, and after an arrow how its fallback number's did."""
    outcome: str | None = row["handoff_outcome"]
    return f"{outcome or '–'} → {row['fallback_outcome']}" if row["fallback_outcome"] else outcome


@calls.command("place")
@click.argument("from_number")
@click.argument("to_number")
@click.option("--forwarded-from", help="The business line that forwarded the call.")
@click.option("--dial-outcome", type=click.Choice(DIAL_OUTCOMES), default="answered", show_default=True)
def place(from_number: str, to_number: str, forwarded_from: str | None, dial_outcome: str) -> None:
    """Place a simulated call, signed as Twilio signs, to the running router, and tell its story."""
    folder = settings().data_dir / "simulator"
    account = load_or_create_account(folder)
    base = settings().public_base
    call = SimulatedCall(
        from_number=from_number,
        to_number=to_number,
        forwarded_from=forwarded_from,
        dial_outcome=dial_outcome,
        voice_url=f"{base}/twilio/voice{CONNECTION_OVERRIDES}",
        fallback_url=f"{base}/twilio/voice/fallback",
        status_callback_url=f"{base}/twilio/voice/status",
        account_sid=settings().twilio_account_sid or account.account_sid,
        auth_token=settings().twilio_auth_token[0] if settings().twilio_auth_token else account.auth_token,
        certificate_authority=load_or_create_certificates(folder).authority,
    )
    has_problem = False
    for step in place_call(call):
        click.echo(step.text)
        has_problem = has_problem or step.kind == PROBLEM
    sys.exit(1 if has_problem else 0)
