"""The accounts that share the simulated Twilio: tenants that compete for one inventory, and their API keys."""

import hmac
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path

from simulator.account import SimulatedAccount
from simulator.rest.store import open_store
from simulator.story import new_sid


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A standard API key: its SID is the user name, its secret the password."""

    sid: str
    account_sid: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Login:
    """Whose request it is, and whether an API key made it."""

    account_sid: str
    with_api_key: bool


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """What the Account resource tells; ``created_at`` in seconds since 1970."""

    account_sid: str
    friendly_name: str
    created_at: float
    auth_token: str = field(repr=False)


def add_account(
    folder: Path, friendly_name: str = "Another business", account: SimulatedAccount | None = None
) -> SimulatedAccount:
    """Add an account, a given one or a random one; one that is known already keeps its name and gets the new token."""
    account = account or SimulatedAccount(account_sid=new_sid("AC"), auth_token=secrets.token_hex(16))
    with open_store(folder) as store:
        store.execute(
            "INSERT INTO account VALUES (?, ?, ?, ?)"
            " ON CONFLICT (account_sid) DO UPDATE SET auth_token = excluded.auth_token",
            (account.account_sid, account.auth_token, friendly_name, time.time()),
        )
    return account


def add_api_key(folder: Path, account_sid: str) -> ApiKey:
    """Add a standard key, which may do everything but read ``/Accounts``."""
    key = ApiKey(sid=new_sid("SK"), account_sid=account_sid, secret=secrets.token_hex(16))
    with open_store(folder) as store:
        store.execute("INSERT INTO api_key VALUES (?, ?, ?)", (key.sid, key.secret, key.account_sid))
    return key


def find_login(folder: Path, username: str, password: str) -> Login | None:
    """Return whose credentials these are: AccountSid and AuthToken, or an API key and its secret."""
    with open_store(folder) as store:
        row = store.execute(
            "SELECT account_sid, auth_token AS secret, 0 AS with_api_key FROM account WHERE account_sid = ?1"
            " UNION ALL SELECT account_sid, secret, 1 FROM api_key WHERE sid = ?1",
            (username,),
        ).fetchone()
    if row is None or not hmac.compare_digest(row["secret"].encode(), password.encode()):
        return None
    return Login(account_sid=row["account_sid"], with_api_key=bool(row["with_api_key"]))


def find_account(folder: Path, account_sid: str) -> AccountDetails | None:
    """Return an account, if there is one of that SID."""
    with open_store(folder) as store:
        row = store.execute(
            "SELECT account_sid, friendly_name, created_at, auth_token FROM account WHERE account_sid = ?",
            (account_sid,),
        ).fetchone()
    return None if row is None else AccountDetails(**dict(row))
