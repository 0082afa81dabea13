"""Release a number: show what that costs, and ask for the number to be typed."""

from flask import current_app, render_template, request, url_for

from admin.pages.answers import done, international, reading
from admin.pages.guard import Shown, changes, form, page, signed_in
from admin.pages.number import NUMBER, read_number
from admin.pages.number_refusal import tell_refusal
from operations.errors import NotFound, OperationError
from operations.release_impact import release_impact, tell_impact
from operations.release_number import release_number


@page(f"{NUMBER}/release", "number.released")
def release_form(number_id: int) -> str:
    """Show what a release costs before anybody does it."""
    return _ask(number_id)


@form(f"{NUMBER}/release", "number.released")
def release_one(number_id: int) -> Shown:
    """Stop the number's calls and give it back to Twilio; a refusal is said above what was typed."""
    confirm, reason = international(request.form.get("confirm", "")), request.form.get("reason")
    twilio, seen = current_app.extensions["twilio"], request.form.get("if_match")
    try:
        _, outcome = release_number(
            changes(), signed_in().who, number_id, reason, twilio=twilio, confirm=confirm, if_match=seen
        )
    except NotFound:
        raise
    except OperationError as error:
        return _ask(number_id, request.form.to_dict(), error), error.status
    said = "It is released: its calls are refused as not in service."
    return done(said, outcome, url_for("pages.show_one_number", number_id=number_id))


def _ask(number_id: int, typed: dict[str, str] | None = None, error: OperationError | None = None) -> str:
    with reading() as session:
        number, timezone = read_number(session, number_id)
        impact = release_impact(session, signed_in().who.account, number_id)
        refusal = tell_refusal(session, error, [number], "if_match", timezone)
    return render_template(
        "number/release.html",
        number=number,
        impact=tell_impact(impact, timezone),
        typed=typed or {},
        **refusal,
    )
