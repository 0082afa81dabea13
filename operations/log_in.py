"""Let people in: a password, guesses that are counted, and sessions that end when they are said to end."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.orm import Session

from models import BrowserSession, Database, FailedLogIn, User
from operations.changes import Who
from operations.errors import OperationError, TooMany
from operations.passwords import NOBODYS_HASH, is_password

log = structlog.get_logger()
SECRET_BYTES = 32
COUNTED_FOR = timedelta(minutes=15)
GUESSES_FOR_AN_EMAIL = 10
GUESSES_FROM_AN_ADDRESS = 50
IDLE_FOR = timedelta(hours=12)
LONGEST_SESSION = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=1)


class WrongPassword(OperationError):
    """E-mail or password are not right; which one is not said."""

    status = 401
    code = "wrong_password"

    def __init__(self) -> None:
        super().__init__("This e-mail and password do not belong together. Please try again.")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a browser belongs to. `session` is the SHA-256 of its secret."""

    who: Who
    user_id: int
    email: str
    must_change_password: bool
    session: str
    seen_at: datetime


def log_in(database: Database, email: str, password: str, address: str, browser: str = "") -> str:
    """Begin a session; return its secret, for the browser's cookie.

    Raises WrongPassword, or TooMany after too many guesses for an e-mail or from an address, right ones included.
    """
    email = email.strip().lower()[:254]
    with database.writing() as session:
        guess = _count_as_guess(session, email, address[:64])
    with database.reading() as session:
        user = session.scalars(select(User).where(User.email == email)).first()
    if not is_password(user.password_hash if user else NOBODYS_HASH, password) or user is None:
        log.warning("log-in failed", address=address)
        raise WrongPassword
    return _begin_session(database, user.id, guess, address, browser)


def recognise_session(connection: Connection, secret: str) -> SignedIn | None:
    """Return whose session a cookie's secret is; None for one that has ended, or was none."""
    now, secret_hash = datetime.now(UTC), _hash(secret)
    query = (
        select(User, BrowserSession.seen_at)
        .join(BrowserSession, BrowserSession.user_id == User.id)
        .where(
            BrowserSession.secret_hash == secret_hash,
            BrowserSession.seen_at > now - IDLE_FOR,
            BrowserSession.created_at > now - LONGEST_SESSION,
        )
    )
    row = Session(connection).execute(query).first()
    if row is None:
        return None
    user, seen_at = row
    who = Who(user.account_id, user.email, user.role)
    return SignedIn(who, user.id, user.email, user.must_change_password, secret_hash, seen_at)


def say_alive(database: Database, signed_in: SignedIn) -> None:
    """Keep a session that is used from ending for want of use; written once a minute at most."""
    now = datetime.now(UTC)
    if now - signed_in.seen_at < SEEN_EVERY:
        return
    with database.writing() as session:
        is_it = BrowserSession.secret_hash == signed_in.session
        session.execute(update(BrowserSession).where(is_it).values(seen_at=now))


def log_out(database: Database, signed_in: SignedIn) -> None:
    """End a session: its cookie is worth nothing from here on, wherever a copy of it may be."""
    with database.writing() as session:
        session.execute(delete(BrowserSession).where(BrowserSession.secret_hash == signed_in.session))


def end_sessions(session: Session, user_id: int, but: str | None = None) -> None:
    """End all sessions of a user, but for one, in the transaction of `session`."""
    others = delete(BrowserSession).where(BrowserSession.user_id == user_id)
    session.execute(others if but is None else others.where(BrowserSession.secret_hash != but))


def forget_old_log_ins(database: Database) -> None:
    """Remove the sessions that have ended for want of use, and the guesses that no longer count."""
    now = datetime.now(UTC)
    with database.writing() as session:
        session.execute(delete(BrowserSession).where(BrowserSession.seen_at < now - IDLE_FOR))
        session.execute(delete(BrowserSession).where(BrowserSession.created_at < now - LONGEST_SESSION))
        session.execute(delete(FailedLogIn).where(FailedLogIn.failed_at < now - COUNTED_FOR))


def _count_as_guess(session: Session, email: str, address: str) -> int:
    """Count a guess before it is known to be one: of many at the same time none may slip through. Return its id."""
    now = datetime.now(UTC)
    for column, value, most in (
        (FailedLogIn.email, email, GUESSES_FOR_AN_EMAIL),
        (FailedLogIn.address, address, GUESSES_FROM_AN_ADDRESS),
    ):
        counted = select(func.count()).where(column == value, FailedLogIn.failed_at > now - COUNTED_FOR)
        if (session.scalar(counted) or 0) >= most:
            raise TooMany("too_many_log_ins", "Too many log-ins failed. Please wait a quarter of an hour.")
    guess = FailedLogIn(email=email, address=address, failed_at=now)
    session.add(guess)
    session.flush()
    return guess.id


def _begin_session(database: Database, user_id: int, guess: int, address: str, browser: str) -> str:
    """Write the session down, and take back that the log-in was counted as a guess."""
    secret, now = secrets.token_urlsafe(SECRET_BYTES), datetime.now(UTC)
    row = BrowserSession(secret_hash=_hash(secret), user_id=user_id, address=address[:64], seen_at=now)
    row.browser = browser[:200]
    with database.writing() as session:
        session.execute(delete(FailedLogIn).where(FailedLogIn.id == guess))
        session.add(row)
    return secret


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
