"""The commands of `flask …`: one file a resource, each command a door to one operation."""

from flask import Flask

from admin.commands.accounts import accounts
from admin.commands.agents import agents
from admin.commands.billing import billing
from admin.commands.calls import calls
from admin.commands.changes import audit_trail
from admin.commands.doctor import doctor
from admin.commands.hosts import hosts
from admin.commands.lines import lines
from admin.commands.locations import locations
from admin.commands.numbers import numbers
from admin.commands.routes import routes
from admin.commands.start import start
from admin.commands.tokens import tokens
from admin.commands.users import users


def register_commands(app: Flask) -> None:
    """Give the application its commands, in the place of Flask's own `routes`."""
    for command in (
        accounts,
        users,
        tokens,
        agents,
        locations,
        numbers,
        lines,
        calls,
        billing,
        audit_trail,
        routes,
        hosts,
        doctor,
        start,
    ):
        app.cli.add_command(command)
