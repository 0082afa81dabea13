"""`flask locations create|edit|delete|numbers|list`."""

import click

from admin.commands.numbers_of import add_numbers_command
from admin.commands.shell import (
    Commands,
    account_id,
    account_option,
    changes,
    columns_of,
    json_option,
    tell,
    tell_rows,
    who,
)
from operations.holders import LOCATION
from operations.locations import create_location, delete_location, edit_location, list_locations

locations = Commands("locations", help="Locations: the places that calls are for.")


@locations.command("create")
@click.argument("name")
@click.option("--timezone", default="UTC", show_default=True, help="IANA name, such as America/Los_Angeles.")
@account_option
@json_option
def create(name: str, timezone: str, account: str | None, as_json: bool) -> None:
    """Create a location."""
    location = create_location(changes(), who(account), name, timezone)
    tell(as_json, location, f"Location {location['id']} “{location['name']}” created.")


@locations.command("edit")
@click.argument("location")
@click.option("--name")
@click.option("--timezone")
@account_option
@json_option
def edit(location: str, name: str | None, timezone: str | None, account: str | None, as_json: bool) -> None:
    """Edit a location (by name or id); the routes of all its numbers follow."""
    edited, outcome = edit_location(changes(), who(account), location, name=name, timezone=timezone)
    tell(as_json, edited, f"Location “{edited['name']}” edited.", outcome)


@locations.command("delete")
@click.argument("location")
@click.option("--reassign-to", metavar="LOCATION", help="Who gets its numbers; “none” leaves them to nobody.")
@account_option
@json_option
def delete(location: str, reassign_to: str | None, account: str | None, as_json: bool) -> None:
    """Delete a location; one that has numbers hands them on, or stays."""
    outcome = delete_location(changes(), who(account), location, reassign_to)
    tell(as_json, {}, "Location deleted.", outcome)


add_numbers_command(locations, LOCATION)


@locations.command("list")
@account_option
@json_option
def list_command(account: str | None, as_json: bool) -> None:
    """List the locations."""
    with changes().database.reading() as session:
        rows = list_locations(session, account_id(account))
    tell_rows(
        as_json,
        rows,
        {
            **columns_of("id", "name", "timezone"),
            "numbers": lambda row: row["numbers_count"],
            "agents": lambda row: ", ".join(agent["name"] for agent in row["agents"]),
        },
    )
