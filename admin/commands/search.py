"""`flask numbers search`: the numbers that a search found, and what to type when it found none."""

import json
import shlex
import sys
from typing import Any

import click
from flask.cli import with_appcontext

from admin.commands.shell import Row, account_option, changes, json_option, tell_rows, twilio, who
from operations.number_wishes import LARGEST_SEARCH, Wishes, say_type
from operations.search_numbers import search_numbers


@click.command("search")
@click.option("--country", default="US", show_default=True, help="Two letters of ISO 3166.")
@click.option("--type", "number_type", help="local, toll-free, mobile …; by default what the country has first.")
@click.option("--area-code", help="Three digits; US and Canada only.")
@click.option("--city", help="As Twilio writes it, such as San Francisco.")
@click.option("--region", help="State or province, such as CA.")
@click.option("--contains", help="Digits or letters (as on a keypad); * is any digit.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, LARGEST_SEARCH))
@account_option
@json_option
@with_appcontext
def search(account: str | None, as_json: bool, limit: int, **wishes: str) -> None:
    """Search for numbers that you can get. Exit status 1 means that there is none, and says what to try instead."""
    found = search_numbers(changes().database, twilio(), who(account), Wishes(**wishes), limit)
    if as_json:
        click.echo(json.dumps(found))
    elif found["numbers"]:
        _tell_numbers(found["numbers"])
    else:
        _tell_advice(found["advice"])
    sys.exit(0 if found["numbers"] else 1)


def _tell_numbers(rows: list[Row]) -> None:
    tell_rows(
        False,
        rows,
        {
            "number": lambda row: row["phone_number"],
            "type": lambda row: say_type(row["type"]),
            "place": lambda row: ", ".join(filter(None, (row["locality"], row["region"]))),
            "capabilities": lambda row: " ".join(row["capabilities"]),
            "a month": lambda row: f"{row['monthly_price']} {row['price_unit']}" if row["monthly_price"] else None,
            "needs first": lambda row: row["needs"],
        },
    )


def _tell_advice(advice: dict[str, Any]) -> None:
    click.echo(advice["sentence"])
    for suggestion in advice["suggestions"]:
        wishes = suggestion["search"] | {"type": say_type(suggestion["search"]["type"])}
        options = " ".join(f"--{name.replace('_', '-')} {shlex.quote(wish)}" for name, wish in wishes.items())
        click.echo(f"  {suggestion['sentence']}\n    flask numbers search {options}")
