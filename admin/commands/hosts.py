"""`flask hosts list|remove`."""

import click

from admin.commands.shell import Commands, changes, columns_of, json_option, tell_rows
from operations.changes import Who
from operations.hosts import list_hosts, remove_host
from operations.permissions import SYSTEM

hosts = Commands("hosts", help="The hosts that answer calls; every change waits for all of them.")


@hosts.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List the hosts and how far each has followed the changes."""
    with changes().database.reading() as session:
        rows = list_hosts(session)
    tell_rows(as_json, rows, columns_of("id", "name", "known", "seen_at"))


@hosts.command("remove")
@click.argument("host_id")
def remove(host_id: str) -> None:
    """Stop waiting for a host that is gone for good. One that still answers calls would answer them out of date."""
    remove_host(changes(), Who(None, "shell", SYSTEM), host_id)
    click.echo("Host removed. If it starts again, it registers again.")
