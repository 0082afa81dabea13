"""One's own user: in which browsers one is logged in, and how to end that."""

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from admin.pages.answers import done, reading
from admin.pages.clock import viewers_timezone
from admin.pages.guard import changes, form, page, seal, signed_in
from operations.browser_sessions import end_other_sessions, end_session, list_sessions
from operations.finding import find_user
from operations.one_time_codes import count_recovery_codes
from operations.permissions import READ
from operations.showing import show_user

# Fewer recovery codes than these are a reason to make new ones.
FEW_CODES = 3


@page("/settings/you", READ)
def own_user() -> str:
    """Show one's own log-ins, and whether there is a second factor."""
    with reading() as session:
        sessions = list_sessions(session, signed_in())
        me = show_user(find_user(session, signed_in().who.account, signed_in().user_id))
        codes = count_recovery_codes(session, signed_in().user_id)
    return render_template(
        "settings/you.html",
        sessions=sessions,
        has_second_factor=me["second_factor"],
        codes=codes,
        few=FEW_CODES,
        can_have_one=seal().is_usable,
        timezone=viewers_timezone(),
    )


@page("/settings/you/sessions", READ)
def end_sessions_form() -> str:
    """Ask before every other browser is logged out."""
    with reading() as session:
        others = [one for one in list_sessions(session, signed_in()) if not one["is_this_one"]]
    return render_template("settings/you_log_out.html", others=others)


@form("/settings/you/sessions", READ)
def end_sessions_now() -> Response:
    """Log out of one other browser, or of all others."""
    if name := request.form.get("session"):
        end_session(changes().database, signed_in(), name)
        sentence = "That browser is logged out."
    else:
        end_other_sessions(changes().database, signed_in())
        sentence = "Every other browser is logged out."
    return done(sentence, None, url_for("pages.own_user"))
