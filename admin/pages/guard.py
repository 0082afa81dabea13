"""Who may see and send what: every page passes here, and says which action it needs."""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from typing import Any, NoReturn
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Response, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from admin.server_timing import begin_timing, say_timing
from config.settings import Settings
from operations.changes import Changes
from operations.log_in import SignedIn, recognise_session, say_alive
from operations.permissions import check_may
from operations.seal import Seal
from routing.deadline import DeadlinedDatabase

log = structlog.get_logger()
Shown = str | AnyResponse | tuple[str, int]
View = Callable[..., Shown]
PUBLIC = {"pages.log_in_form", "pages.log_in_now", "pages.log_in_code_now", "pages.static"}
WITH_AN_OLD_PASSWORD = {"pages.password_form", "pages.password_now", "pages.log_out_now"}
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
SESSION_SECONDS = 2.0
# Sent by what a page asks for by itself, again and again: nobody sits before it for that (`macros.html`, polls).
POLLING = "X-Polling"
LARGEST_FORM_BYTES = 1_000_000
# Segments of a path: no page of ours has more, and what somebody sends is not looked at for longer.
DEEPEST_PATH = 8
# `data:` is for Tabler's own little pictures, of arrows and ticks, which stand in its style sheet.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

pages = Blueprint(
    "pages", __name__, template_folder="../templates", static_folder="../static", static_url_path="/static"
)


def page(rule: str, action: str) -> Callable[[View], View]:
    """Register a view that shows something, for whoever holds the action."""
    return _register(rule, action, "GET")


def form(rule: str, action: str) -> Callable[[View], View]:
    """Register a view that a form is sent to, for whoever holds the action."""
    return _register(rule, action, "POST")


def signed_in() -> SignedIn:
    """Return who this browser belongs to."""
    found: SignedIn = g.signed_in
    return found


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def changes() -> Changes:
    found: Changes = current_app.extensions["changes"]
    return found


def seal() -> Seal:
    found: Seal = current_app.extensions["seal"]
    return found


def csrf_token() -> str:
    """Return what every form of this session sends along; nobody else can know it, and it ends with the session."""
    key = (settings().secret_key + signed_in().session).encode()
    return hmac.new(key, b"csrf", hashlib.sha256).hexdigest()


def client_address() -> str:
    """Return the address that a browser has, as the outermost of our own proxies saw it; nobody else is believed."""
    proxies = settings().trusted_proxies
    told = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    return told[-proxies] if 0 < proxies <= len(told) and told[-proxies] else request.remote_addr or ""


def cookie_name() -> str:
    """Return the name of the session's cookie; under https one that browsers keep to this very host."""
    return "__Host-clara" if settings().public_base.startswith("https") else "clara"


@pages.before_request
def let_in_who_may() -> AnyResponse | None:
    """Send strangers to the log-in, and refuse what another site made a browser send; leave threads to calls."""
    if request.endpoint == "pages.static":
        return None
    begin_timing()
    current_app.extensions["places"].take()
    request.max_content_length = LARGEST_FORM_BYTES
    is_writing = request.method not in SAFE_METHODS
    if is_writing and not _is_from_our_own_pages():
        _refuse("This form was sent from another site.")
    if request.endpoint in PUBLIC:
        return None
    found = _recognise()
    if found is None:
        return _to_the_log_in()
    g.signed_in = found
    if is_writing and not hmac.compare_digest(_sent_token(), csrf_token().encode()):
        _refuse("This form is too old. Please load the page again, and repeat what you did.")
    if request.headers.get(POLLING) is None:
        say_alive(changes().database, found)
    if found.must_change_password and request.endpoint not in WITH_AN_OLD_PASSWORD:
        return redirect(url_for("pages.password_form"), 303)
    return None


@pages.after_request
def be_careful(response: Response) -> Response:
    """Let browsers load nothing from elsewhere, show us in nobody's frame, and keep no page; static files may stay."""
    response.headers.update(HEADERS)
    if settings().public_base.startswith("https"):
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if "signed_in" in g:
        say_timing(response)
    is_static = request.endpoint == "pages.static"
    response.headers["Cache-Control"] = "public, max-age=3600" if is_static else "no-store"
    return response


def local_path(url: str | None) -> str:
    """Return the path of a URL that is ours, or the start page's: nobody is sent to another site.

    Where forms are sent, a refused one may be shown, but no browser can load it again: the page above it is returned.
    """
    parts = urlsplit(url or "")
    is_ours = not parts.scheme and (not parts.netloc or parts.netloc == request.host)
    if url and (is_ours or parts.netloc == request.host) and parts.path.startswith("/"):
        path = "/" + parts.path.lstrip("/\\")
        if _is_shown_at(path):
            return f"{path}?{parts.query}" if parts.query else path
        return next(filter(_is_shown_at, _paths_above(path)), url_for("pages.overview"))
    return url_for("pages.overview")


def _is_shown_at(path: str) -> bool:
    adapter = current_app.create_url_adapter(request)
    return adapter is not None and adapter.test(path.removeprefix(request.script_root), "GET")


def _paths_above(path: str) -> Iterator[str]:
    for _ in range(DEEPEST_PATH):
        path = path.rpartition("/")[0]
        if not path:
            return
        yield path


def _register(rule: str, action: str, method: str) -> Callable[[View], View]:
    def register(view: View) -> View:
        def guarded(**arguments: Any) -> Shown:
            check_may(signed_in().who.role, action)
            return view(**arguments)

        guarded.action = action  # type: ignore[attr-defined]
        pages.add_url_rule(rule, view.__name__, guarded, methods=[method])
        return view

    return register


def _refuse(sentence: str) -> NoReturn:
    log.warning("form refused", endpoint=request.endpoint, address=client_address())
    abort(403, sentence)


def _recognise() -> SignedIn | None:
    secret = request.cookies.get(cookie_name())
    if not secret:
        return None
    database: DeadlinedDatabase = current_app.extensions["deadlined_pages"]
    return database.ask(lambda connection: recognise_session(connection, secret), SESSION_SECONDS)


def _is_from_our_own_pages() -> bool:
    """Tell whether a browser says that this site's own page sent the form; one that says nothing is an old one.

    https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
    """
    if site := request.headers.get("Sec-Fetch-Site"):
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _sent_token() -> bytes:
    return (request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")).encode(errors="replace")


def _to_the_log_in() -> AnyResponse:
    """Send a browser to the log-in, and back again afterwards; htmx follows its own header, with the whole page.

    https://four.htmx.org/reference/headers/HX-Redirect
    """
    if request.headers.get("HX-Request"):
        shown = local_path(request.headers.get("HX-Current-URL"))
        return Response(status=200, headers={"HX-Redirect": url_for("pages.log_in_form", next=shown)})
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("pages.log_in_form", next=wanted), 303)
