"""`flask tokens create|list|revoke`."""

import click

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
from models import ROLES
from operations.tokens import create_token, every_token, revoke_token

tokens = Commands("tokens", help="API tokens.")


@tokens.command("create")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--name", default="token", help="What the token is for.")
@account_option
@json_option
def create(role: str, name: str, account: str | None, as_json: bool) -> None:
    """Create an API token and print it, this once."""
    token = create_token(changes(), who(account), role, name)
    tell(as_json, token, f"Token created, shown only now: {token['token']}")


@tokens.command("list")
@account_option
@json_option
def list_command(account: str | None, as_json: bool) -> None:
    """List the tokens, revoked ones too; nobody can list their secrets."""
    with changes().database.reading() as session:
        rows = every_token(session, account_id(account))
    tell_rows(as_json, rows, columns_of("id", "name", "role", "created_at", "revoked_at"))


@tokens.command("revoke")
@click.argument("token")
@account_option
@json_option
def revoke(token: str, account: str | None, as_json: bool) -> None:
    """Revoke a token (by id, or by a name that only one has), from the next request on."""
    revoked, outcome = revoke_token(changes(), who(account), token)
    tell(as_json, revoked, f"Token {revoked['id']} “{revoked['name']}” is revoked.", outcome)
