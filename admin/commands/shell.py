"""What all commands share: who is asking, in which account, and how answers and errors are said."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from config.settings import Settings
from operations.changes import Changes, Who
from operations.errors import Invalid, OperationError
from operations.finding import find_account
from operations.in_force import Outcome
from operations.permissions import SYSTEM
from operations.showing import show_outcome
from operations.twilio_account import TwilioAccount, Webhooks

Row = dict[str, Any]
Columns = Mapping[str, Callable[[Row], object]]

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, as the API shows it.")
account_option = click.option("--account", help="Name or id of the account; may be left out while there is one.")


class Commands(AppGroup):
    """A group whose commands end with a sentence instead of a traceback when an operation is refused."""

    def invoke(self, ctx: click.Context) -> Any:
        with saying_errors():
            return super().invoke(ctx)


class WrongUsage(click.ClickException):
    """What was typed cannot be used."""

    exit_code = 2


@contextmanager
def saying_errors() -> Iterator[None]:
    """Turn a refusal into its sentence: exit status 2 when what was typed is unusable, else 1."""
    try:
        yield
    except OperationError as error:
        raise (WrongUsage if isinstance(error, Invalid) else click.ClickException)(error.message) from error
    except SQLAlchemyError as error:
        raise click.ClickException(
            f"The database failed ({type(error).__name__}). Is it migrated and running?"
        ) from error


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def changes() -> Changes:
    found: Changes = current_app.extensions["changes"]
    return found


def twilio() -> TwilioAccount:
    found: TwilioAccount = current_app.extensions["twilio"]
    return found


def webhooks() -> Webhooks:
    found: Webhooks = current_app.extensions["webhooks"]
    return found


def who(account: str | None) -> Who:
    """Return the shell as the one who acts, in the account that was named or the only one."""
    with changes().database.reading() as session:
        return Who(find_account(session, account).id, "shell", SYSTEM)


def account_id(account: str | None) -> int:
    return who(account).account


def tell(as_json: bool, row: Row, sentence: str, outcome: Outcome | None = None) -> None:
    """Say what was done, and on standard error what is left to do.

    End with status 1 when it is committed but not yet in force on every host.
    """
    if as_json:
        click.echo(json.dumps(row | (show_outcome(outcome) if outcome else {})))
    else:
        click.echo(sentence)
    for warning in outcome.warnings if outcome else ():
        click.echo(warning, err=True)
    if outcome and not outcome.in_force:
        click.echo(say_unconfirmed(outcome), err=True)
        sys.exit(1)


def say_unconfirmed(outcome: Outcome) -> str:
    """Say of a change that is not in force which hosts it waits for."""
    return f"Committed as change {outcome.n}, but not yet in force on: {', '.join(outcome.unconfirmed)}"


def say_how_many(differences: int) -> str:
    """Return in words how many differences there are."""
    return "1 difference" if differences == 1 else f"{differences:,} differences"


def tell_rows(as_json: bool, rows: Sequence[Row], columns: Columns) -> None:
    """Print rows as a JSON array or as a table."""
    if as_json:
        click.echo(json.dumps(rows))
        return
    cells = [list(columns)] + [[_cell(show(row)) for show in columns.values()] for row in rows]
    widths = [max(len(line[index]) for line in cells) for index in range(len(columns))]
    for line in cells:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def columns_of(*names: str) -> Columns:
    """Return columns that show the fields of these names."""
    return {name: itemgetter(name) for name in names}


def _cell(value: object) -> str:
    return "–" if value is None or value == "" else str(value)


def receives(number: Row) -> str:
    """Say whom a number's calls reach."""
    if number["receiving_calls"]:
        return f"Its calls reach {number['agent']['name']}."
    return "It is not receiving calls" + (": assign an agent." if number["agent"] is None else ".")
