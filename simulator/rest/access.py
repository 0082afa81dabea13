"""Who may use a resource: Basic authentication with AccountSid and AuthToken, or with an API key.

https://www.twilio.com/docs/usage/requests-to-twilio#authenticate. A standard key may do everything but read
``/Accounts`` (https://www.twilio.com/docs/iam/api-keys/keys-in-console). Inferred: that this, and the path of an
account that the credentials do not belong to, is told as 401/20003 too.
"""

from pathlib import Path

from flask import current_app, g, request

from simulator.rest.accounts import Login, find_login
from simulator.rest.errors import authentication_failure
from simulator.rest.faults import CONTROL, resource_of


def require_login() -> None:
    """Refuse a request that is not its account's; unknown paths too, as at Twilio, before they are looked for."""
    if request.path.startswith(CONTROL):
        return
    shown = request.authorization
    login = find_login(folder(), shown.username or "", shown.password or "") if shown else None
    if login is None or not _may(login, request.path):
        raise authentication_failure()
    g.account_sid = login.account_sid


def folder() -> Path:
    """Return where everything is kept."""
    path: Path = current_app.config["FOLDER"]
    return path


def _may(login: Login, path: str) -> bool:
    parts = path.removesuffix(".json").strip("/").split("/")
    is_under_account = parts[1:2] == ["Accounts"]
    if is_under_account and parts[2:3] != [login.account_sid]:
        return False
    return not (login.with_api_key and is_under_account and resource_of(path) == "Accounts")
