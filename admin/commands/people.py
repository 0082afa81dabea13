"""`flask accounts|users|tokens create`."""

import click

from admin.commands.shell import Commands, account_option, changes, json_option, tell, who
from models import ROLES
from operations.changes import Who
from operations.people import create_account, create_token, create_user
from operations.permissions import SYSTEM

accounts = Commands("accounts", help="Accounts: the businesses.")
users = Commands("users", help="The people of an account.")
tokens = Commands("tokens", help="API tokens.")
role_option = click.option("--role", type=click.Choice(ROLES), required=True)


@accounts.command("create")
@click.argument("name")
@json_option
def create_account_command(name: str, as_json: bool) -> None:
    """Create an account."""
    account = create_account(changes(), Who(None, "shell", SYSTEM), name)
    tell(as_json, account, f"Account {account['id']} “{account['name']}” created.")


@users.command("create")
@click.argument("email")
@role_option
@account_option
@json_option
def create_user_command(email: str, role: str, account: str | None, as_json: bool) -> None:
    """Create a user and print the password, this once."""
    user = create_user(changes(), who(account), email, role)
    tell(as_json, user, f"User {user['email']} created. Password, shown only now: {user['password']}")


@tokens.command("create")
@role_option
@click.option("--name", default="token", help="What the token is for.")
@account_option
@json_option
def create_token_command(role: str, name: str, account: str | None, as_json: bool) -> None:
    """Create an API token and print it, this once."""
    token = create_token(changes(), who(account), role, name)
    tell(as_json, token, f"Token created, shown only now: {token['token']}")
