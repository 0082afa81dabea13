"""Agents: the list, and one agent with its hand-off, which can be tried before it is saved."""

from functools import partial
from typing import Any

from flask import current_app, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from admin.pages.answers import done, is_for_panel, reading
from admin.pages.delete_holder import ask_to_delete, delete_now
from admin.pages.guard import Shown, changes, form, page, signed_in
from admin.pages.handoff_kinds import HANDOFF_KINDS
from admin.pages.kept_form import ID, keep_unless_saved, problems_of, searched, typed
from operations.agents import create_agent, edit_agent, get_agent, read_agents
from operations.checking import read_handoff_target, read_name, read_phone_number
from operations.errors import OperationError
from operations.holders import AGENT
from operations.numbers_of import list_numbers_of
from operations.permissions import READ
from operations.try_handoff import Finding, HandoffTests

FIELDS = ("name", "handoff_kind", "handoff_target", "fallback_number")
FIRST_KIND = "stream"
THIS = f"/agents/{ID}agent_id>"


@page("/agents", READ)
def list_agents() -> str:
    """Show a page of the agents, those with something in their name if asked."""
    search = searched()
    with reading() as session:
        agents = read_agents(session, signed_in().who.account, request.args.get("cursor"), search=search)
    return render_template("agents/list.html", agents=agents, search=search, kinds=HANDOFF_KINDS)


@page("/agents/new", "agent.created")
def new_agent() -> str:
    """Ask who it is and how calls are handed to it."""
    return _show_new()


@form("/agents/new", "agent.created")
def create_agent_now() -> Shown:
    """Create an agent; its page is where it gets its numbers."""

    def save() -> AnyResponse:
        made = create_agent(changes(), signed_in().who, **fields)
        return done(f"“{made['name']}” is created.", None, url_for("pages.show_agent", agent_id=made["id"]))

    fields = typed(*FIELDS)
    return keep_unless_saved(save, _show_new, fields, _problems(fields))


@page(THIS, READ)
def show_agent(agent_id: int) -> str:
    """Show an agent, its numbers, and the locations that follow from them."""
    return _show(agent_id)


@form(THIS, "agent.edited")
def edit_agent_now(agent_id: int) -> Shown:
    """Edit an agent; the routes of all its numbers follow."""

    def save() -> AnyResponse:
        etag = request.form.get("etag")
        edited, outcome = edit_agent(changes(), signed_in().who, agent_id, if_match=etag, **fields)
        return done(f"“{edited['name']}” is saved.", outcome, url_for("pages.show_agent", agent_id=agent_id))

    fields = typed(*FIELDS)
    return keep_unless_saved(save, partial(_show, agent_id), fields, _problems(fields))


@page("/agents/target", "agent.edited")
def show_target() -> str:
    """Show the field for a hand-off's target as its kind has it, and what is wrong with what stands in it."""
    kind, target = request.args.get("handoff_kind", ""), request.args.get("handoff_target", "").strip()
    fields = {"handoff_kind": kind if kind in HANDOFF_KINDS else FIRST_KIND, "handoff_target": target}
    problems = problems_of({"handoff_target": lambda: _read_target(fields)}) if target else {}
    return render_template("agents/target.html", fields=fields, problems=problems, kinds=HANDOFF_KINDS)


@form(f"{THIS}/test", "agent.tested")
def test_agent(agent_id: int) -> str | tuple[str, int]:
    """Try the hand-off that stands in the form of an agent, saved or not."""
    return _test(partial(_show, agent_id))


@form("/agents/new/test", "agent.tested")
def test_new_agent() -> str | tuple[str, int]:
    """Try the hand-off of an agent that is not created yet."""
    return _test(_show_new)


@page(f"{THIS}/delete", "agent.deleted")
def delete_agent_form(agent_id: int) -> str:
    """Ask who gets its numbers."""
    return ask_to_delete(AGENT, agent_id)


@form(f"{THIS}/delete", "agent.deleted")
def delete_agent_now(agent_id: int) -> Shown:
    """Delete an agent, and hand its numbers on."""
    return delete_now(AGENT, agent_id)


def _show_new(fields: dict[str, Any] | None = None, **more: Any) -> str:
    usual = {"name": "", "handoff_kind": FIRST_KIND, "handoff_target": "", "fallback_number": ""}
    return render_template("agents/new.html", fields=fields or usual, kinds=HANDOFF_KINDS, **more)


def _show(agent_id: int, fields: dict[str, Any] | None = None, **more: Any) -> str:
    with reading() as session:
        account_id = signed_in().who.account
        agent = get_agent(session, account_id, agent_id)
        numbers = list_numbers_of(session, account_id, AGENT, agent_id)
    return render_template(
        "agents/agent.html", agent=agent, numbers=numbers, fields=fields or agent, kinds=HANDOFF_KINDS, **more
    )


def _test(show: Any) -> str | tuple[str, int]:
    """Return what was found: by itself for htmx, within the page for a browser without JavaScript."""
    fields = typed(*FIELDS)
    tests: HandoffTests = current_app.extensions["handoff_tests"]
    status = 200
    try:
        finding = tests.run(signed_in().who, fields["handoff_kind"], fields["handoff_target"])
    except OperationError as error:
        finding, status = Finding(False, error.message), error.status
    if is_for_panel():
        return render_template("agents/finding.html", finding=finding), status
    return show(fields=fields, finding=finding, seen=request.form.get("etag")), status


def _problems(fields: dict[str, str]) -> dict[str, str]:
    readers = {
        "name": lambda: read_name(fields["name"], "an agent"),
        "handoff_target": lambda: _read_target(fields),
        "fallback_number": lambda: fields["fallback_number"] and read_phone_number(fields["fallback_number"]),
    }
    return problems_of(readers)


def _read_target(fields: dict[str, str]) -> str:
    """Raise Invalid for what a hand-off of its kind cannot have; a strange kind is the operation's to refuse."""
    kind = fields["handoff_kind"]
    return read_handoff_target(kind, fields["handoff_target"]) if kind in HANDOFF_KINDS else ""
