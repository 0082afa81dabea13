"""Pause, resume or assign the numbers that were ticked in the list, all of them in one change.

Each of the three has a page that asks for what is still to be said; with JavaScript it opens beside the list.
"""

from collections.abc import Callable
from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from admin.pages.answers import done, reading
from admin.pages.clock import viewers_timezone
from admin.pages.guard import Shown, changes, form, local_path, page, signed_in
from admin.pages.holder_choices import holder_choices
from admin.pages.number_refusal import tell_refusal
from admin.pages.pause_form import read_pause_form, usual_treatment
from operations.assign_number import assign_numbers
from operations.errors import Forbidden, Invalid, NotFound, OperationError
from operations.finding import find_numbers
from operations.pages import LARGEST_ID
from operations.pause_number import pause_numbers, resume_numbers
from operations.showing import show_number

PATH = "/numbers/selected"


@page(f"{PATH}/pause", "number.paused")
def pause_selected_form() -> str:
    """Ask why, until when, and what callers shall meet."""
    with reading() as session:
        usual = usual_treatment(session)
    return _ask_how_to_pause(typed=usual)


@form(f"{PATH}/pause", "number.paused")
def pause_selected() -> Shown:
    """Pause what was ticked."""

    def pause() -> AnyResponse:
        wanted = read_pause_form(viewers_timezone())
        reason = request.form.get("reason")
        numbers, outcome = pause_numbers(changes(), signed_in().who, _selected(), reason, wanted, if_match=_as_seen())
        return done(f"{_say(numbers)} paused.", outcome, _back())

    return _keep_unless_done(pause, _ask_how_to_pause)


@page(f"{PATH}/resume", "number.resumed")
def resume_selected_form() -> str:
    """Ask whether they shall receive calls again."""
    return _ask_whether_to_resume()


@form(f"{PATH}/resume", "number.resumed")
def resume_selected() -> Shown:
    """Resume what was ticked."""

    def resume() -> AnyResponse:
        reason = request.form.get("reason")
        numbers, outcome = resume_numbers(changes(), signed_in().who, _selected(), reason, if_match=_as_seen())
        return done(f"{_say(numbers)} resumed.", outcome, _back())

    return _keep_unless_done(resume, _ask_whether_to_resume)


@page(f"{PATH}/assign", "number.assigned")
def assign_selected_form() -> str:
    """Ask to whom they shall go."""
    return _ask_to_whom()


@form(f"{PATH}/assign", "number.assigned")
def assign_selected() -> Shown:
    """Give what was ticked to an agent, a location or both, or to nobody."""

    def assign() -> AnyResponse:
        agent, location = _choice("agent"), _choice("location")
        if agent is None and location is None:
            raise Invalid("Choose an agent or a location. Nothing was changed.")
        is_to_move = request.form.get("move") == "yes"
        numbers, outcome = assign_numbers(
            changes(), signed_in().who, _selected(), agent, location, move=is_to_move, if_match=_as_seen()
        )
        return done(f"{_say(numbers)} assigned.", outcome, _back())

    return _keep_unless_done(assign, _ask_to_whom)


def _keep_unless_done(do: Callable[[], AnyResponse], ask: Callable[..., str]) -> Shown:
    """Do it, or ask again with what was ticked and typed, and say what stands against it."""
    try:
        return do()
    except Forbidden:
        raise
    except OperationError as error:
        # Who typed a name that nobody has can mend it.
        is_typed = error.field is not None and error.field in request.form
        if not request.form.getlist("number") or (isinstance(error, NotFound) and not is_typed):
            raise
        return ask(typed=request.form.to_dict(), error=error), error.status


def _ask_how_to_pause(**more: Any) -> str:
    return _ask("numbers/selected/pause.html", timezone=viewers_timezone(), **more)


def _ask_whether_to_resume(**more: Any) -> str:
    return _ask("numbers/selected/resume.html", **more)


def _ask_to_whom(**more: Any) -> str:
    with reading() as session:
        choices: dict[str, Any] = holder_choices(session, signed_in().who.account)
    return _ask("numbers/selected/assign.html", **choices, **more)


def _ask(template: str, error: OperationError | None = None, **more: Any) -> str:
    with reading() as session:
        numbers = [show_number(one) for one in find_numbers(session, signed_in().who.account, _selected())]
        refusal = tell_refusal(session, error, numbers, "etag", viewers_timezone())
    back = _back() if request.method == "POST" else local_path(request.referrer)
    return render_template(template, numbers=numbers, back=back, **({"typed": {}} | more | refusal))


def _selected() -> list[str | int]:
    """Return the ids of the ticked numbers; raises Invalid when there is none."""
    given = request.values.getlist("number", type=int)
    if not given:
        raise Invalid("Tick the numbers that you mean first.")
    return [number_id for number_id in given if 0 <= number_id <= LARGEST_ID]


def _as_seen() -> str | None:
    """Return the etags of the numbers as the page has shown them."""
    return ",".join(request.form.getlist("etag")) or None


def _choice(name: str) -> str | None:
    """Return an id, the empty string for nobody, None to leave it as it is."""
    given = request.form.get(name, "keep").strip()
    return {"keep": None, "": None, "nobody": ""}.get(given, given)


def _say(numbers: list[dict[str, Any]]) -> str:
    return "1 number is" if len(numbers) == 1 else f"{len(numbers)} numbers are"


def _back() -> str:
    return local_path(request.form.get("back") or url_for("pages.list_numbers"))
