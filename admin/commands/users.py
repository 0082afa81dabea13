"""`flask users create|list|edit|delete|password|reset-second-factor`."""

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
from operations.second_factor import reset_second_factor
from operations.users import create_user, delete_user, edit_user, every_user, set_password

users = Commands("users", help="The people of an account.")


@users.command("create")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True)
@account_option
@json_option
def create(email: str, role: str, account: str | None, as_json: bool) -> None:
    """Create a user and print the password, this once."""
    user = create_user(changes(), who(account), email, role)
    tell(as_json, user, f"User {user['email']} created. Password, shown only now: {user['password']}")


@users.command("list")
@account_option
@json_option
def list_command(account: str | None, as_json: bool) -> None:
    """List the users."""
    with changes().database.reading() as session:
        rows = every_user(session, account_id(account))
    tell_rows(as_json, rows, columns_of("id", "email", "role", "second_factor"))


@users.command("edit")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES))
@click.option("--email", "new_email", help="Another address.")
@account_option
@json_option
def edit(email: str, role: str | None, new_email: str | None, account: str | None, as_json: bool) -> None:
    """Give a user another role or address."""
    edited, outcome = edit_user(changes(), who(account), email, email=new_email, role=role)
    tell(as_json, edited, f"User {edited['email']} is {edited['role']}.", outcome)


@users.command("password")
@click.argument("email")
@account_option
@json_option
def password(email: str, account: str | None, as_json: bool) -> None:
    """Give a user a new password and print it, this once. The old one is void."""
    user = set_password(changes(), who(account), email)
    tell(as_json, user, f"New password of {user['email']}, shown only now: {user['password']}")


@users.command("delete")
@click.argument("email")
@account_option
@json_option
def delete(email: str, account: str | None, as_json: bool) -> None:
    """Delete a user. What they did stays in the audit trail."""
    outcome = delete_user(changes(), who(account), email)
    tell(as_json, {}, "User deleted.", outcome)


@users.command("reset-second-factor")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
@account_option
@json_option
def reset(email: str, yes: bool, account: str | None, as_json: bool) -> None:
    """Take the second factor of a user away who has lost it: the password alone lets them in again."""
    actor = who(account)
    if not yes:
        click.confirm(f"Reset the second factor of {email}? They are logged out everywhere", abort=True, err=True)
    user, outcome = reset_second_factor(changes(), actor, email)
    tell(as_json, user, f"{user['email']} logs in with the password alone.", outcome)
