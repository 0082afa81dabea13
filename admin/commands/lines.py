"""`flask lines add|list|verify|remove|codes`: the business's own lines that forward to a number."""

import sys
from time import sleep

import click

from admin.commands.shell import (
    Commands,
    Row,
    account_id,
    account_option,
    changes,
    columns_of,
    json_option,
    tell,
    tell_rows,
    who,
)
from operations.finding import find_number
from operations.forwarded_lines import add_line, get_line, list_all_lines, list_lines, remove_line
from operations.forwarding_codes import forwarding_codes
from operations.verify_line import start_verification

ASK_EVERY_SECONDS = 1.0
SENTENCES = {
    "registered": "{phone_number} is registered, and not verified.",
    "waiting": "Call {phone_number} now, until {verify_until}.",
    "expired": "No call came through {phone_number} in time. Start again when the carrier forwards it.",
    "verified": "{phone_number} forwards to {number[phone_number]}: a call came through it at {verified_at}.",
}
CONDITIONS = {"always": "always", "busy": "when busy", "no_answer": "when nobody answers"}

lines = Commands("lines", help="The business's own lines that forward to a number.")


@lines.command("add")
@click.argument("phone_number")
@click.argument("line")
@account_option
@json_option
def add(phone_number: str, line: str, account: str | None, as_json: bool) -> None:
    """Register LINE as forwarding to PHONE_NUMBER."""
    shown, outcome = add_line(changes(), who(account), phone_number, line)
    target = shown["number"]["phone_number"]
    tell(
        as_json,
        shown,
        f"{shown['phone_number']} forwards to {target}. What to dial: flask lines codes {target}",
        outcome,
    )


@lines.command("list")
@click.argument("phone_number", required=False)
@account_option
@json_option
def list_command(phone_number: str | None, account: str | None, as_json: bool) -> None:
    """List the lines that forward to PHONE_NUMBER, or to any number."""
    mine = account_id(account)
    with changes().database.reading() as session:
        rows = list_lines(session, mine, phone_number) if phone_number else list_all_lines(session, mine)
    of_line = columns_of("state", "verified_at", "last_call_at")
    parties = {"line": lambda row: row["phone_number"], "forwards to": lambda row: row["number"]["phone_number"]}
    tell_rows(as_json, rows, parties | dict(of_line))


@lines.command("verify")
@click.argument("phone_number")
@click.argument("line")
@click.option("--test-phone", help="The telephone that you will call from, for carriers that hide the line.")
@click.option("--wait", is_flag=True, help="Wait for the call; exit status 0 once the line is verified.")
@account_option
@json_option
def verify(
    phone_number: str, line: str, test_phone: str | None, wait: bool, account: str | None, as_json: bool
) -> None:
    """Begin to look for a call through LINE: call it within ten minutes."""
    shown, outcome = start_verification(changes(), who(account), phone_number, line, test_phone)
    if not wait:
        tell(as_json, shown, _sentence(shown), outcome)
        return
    click.echo(_sentence(shown), err=True)
    while shown["state"] == "waiting":
        sleep(ASK_EVERY_SECONDS)
        with changes().database.reading() as session:
            shown = get_line(session, account_id(account), phone_number, line)
    tell(as_json, shown, _sentence(shown))
    sys.exit(0 if shown["state"] == "verified" else 1)


@lines.command("remove")
@click.argument("phone_number")
@click.argument("line")
@account_option
def remove(phone_number: str, line: str, account: str | None) -> None:
    """Remove LINE from PHONE_NUMBER; its carrier forwards on until told to stop."""
    outcome = remove_line(changes(), who(account), phone_number, line)
    tell(False, {}, "Removed. The carrier forwards on until you dial its code to stop: flask lines codes", outcome)


@lines.command("codes")
@click.argument("phone_number")
@click.option("--country", help="Where the line is, such as US; without it the number's country.")
@account_option
@json_option
def codes(phone_number: str, country: str | None, account: str | None, as_json: bool) -> None:
    """Say what to dial on a line to forward it to PHONE_NUMBER, and to stop."""
    with changes().database.reading() as session:
        target = find_number(session, account_id(account), phone_number).phone_number
    shown = forwarding_codes(target, country.upper() if country else None)
    if as_json:
        tell(as_json, shown, "")
        return
    for carrier in shown["carriers"]:
        click.echo(carrier["name"])
        for code in carrier["codes"]:
            click.echo(f"  {CONDITIONS[code['condition']]:20} {code['activate']:24} stop: {code['deactivate']}")
        click.echo(f"  {carrier['note']}")


def _sentence(line: Row) -> str:
    return SENTENCES[line["state"]].format(**line)
