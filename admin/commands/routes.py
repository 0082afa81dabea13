"""`flask routes check`."""

import json
import sqlite3
import sys
from dataclasses import asdict

import click
from flask import current_app
from redis import RedisError

from admin.commands.shell import Commands, changes, json_option, say_how_many
from operations.check_routes import check_routes

routes = Commands("routes", help="The copies of the call routes.")


@routes.command("check")
@json_option
def check(as_json: bool) -> None:
    """Compare Redis and this host's copy with the database; exit status 1 if anything differs."""
    parts = current_app.extensions
    try:
        checked = check_routes(changes().database, parts["local_store"], parts["cache"])
    except (RedisError, OSError, sqlite3.Error) as error:
        raise click.ClickException(f"A copy could not be read: {error}") from error
    if as_json:
        click.echo(json.dumps(asdict(checked)))
    else:
        for difference in checked.differences:
            click.echo(f"{difference.phone_number} in {difference.copy}: {difference.problem}")
        for copy in checked.stale:
            click.echo(f"Not compared, because it is behind and nobody believes it: {copy}")
        click.echo(f"{checked.routes} routes as of change {checked.n}: {say_how_many(len(checked.differences))}")
    sys.exit(1 if checked.differences else 0)
