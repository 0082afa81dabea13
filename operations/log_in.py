"""Let people in: a password, perhaps a code, guesses that are counted, sessions that end when they are said to end."""

import hashlib
import json
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, Connection, delete, select, update
from sqlalchemy.orm import Session

from models import BrowserSession, Database, User
from operations.changes import Changes, Who
from operations.errors import OperationError
from operations.guesses import counting_a_guess, forget_old_guesses
from operations.one_time_codes import count_recovery_codes, is_recovery_code, use_code
from operations.passwords import NOBODYS_HASH, is_password
from operations.seal import BrokenSeal, Seal
from operations.showing import show_user

log = structlog.get_logger()
SECRET_BYTES = 32
IDLE_FOR = timedelta(hours=12)
LONGEST_SESSION = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=1)
CODE_WITHIN_SECONDS = 600
PROOF = "password given"


class WrongPassword(OperationError):
    """E-mail or password are not right; which one is not said."""

    status = 401
    code = "wrong_password"

    def __init__(self) -> None:
        super().__init__("This e-mail and password do not belong together. Please try again.")


class LogInTooOld(OperationError):
    """The password was given too long ago, or is another one now."""

    status = 401
    code = "log_in_too_old"

    def __init__(self) -> None:
        super().__init__("That took too long. Please log in again.")


@dataclass(frozen=True, slots=True)
class AwaitsCode:
    """Somebody has given the right password and is to give a code; `proof`, sealed, says so for ten minutes."""

    proof: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a browser belongs to. `session` is the SHA-256 of its secret."""

    who: Who
    user_id: int
    email: str
    must_change_password: bool
    session: str
    seen_at: datetime


def log_in(
    database: Database, seal: Seal, email: str, password: str, address: str, browser: str = ""
) -> str | AwaitsCode:
    """Begin a session; return its secret, for the browser's cookie. Whoever has a second factor is asked for a code.

    Raises WrongPassword, or TooMany after too many guesses for an e-mail or from an address, right ones included.
    """
    email = email.strip().lower()[:254]
    with counting_a_guess(database, email, address):
        with database.reading() as session:
            user = session.scalars(select(User).where(User.email == email)).first()
        if not is_password(user.password_hash if user else NOBODYS_HASH, password) or user is None:
            log.warning("log-in failed", address=address)
            raise WrongPassword
    if user.totp_secret is not None:
        given = [user.id, int(time.time()), _hash(user.password_hash)]
        return AwaitsCode(seal.close(json.dumps(given).encode(), PROOF))
    return _begin_session(database, user.id, address, browser)


def log_in_with_code(changes: Changes, seal: Seal, proof: str, code: str, address: str, browser: str = "") -> str:
    """Begin a session for who has given the password (`proof`) and gives a code of the second factor, or to recover.

    The use of a recovery code is a change, because there is one less then. Codes are guessed as passwords are, and
    counted with them. Raises WrongCode, LogInTooOld, TooMany.
    """
    user = _who_gave_the_password(changes.database, seal, proof)
    use = _use_recovery_code if is_recovery_code(code) else _use_code_of_app
    with counting_a_guess(changes.database, user.email, address):
        try:
            use(changes, seal, user, code)
        except OperationError:
            log.warning("log-in failed at the second factor", address=address)
            raise
    return _begin_session(changes.database, user.id, address, browser)


def recognise_session(connection: Connection, secret: str) -> SignedIn | None:
    """Return whose session a cookie's secret is; None for one that has ended, or was none."""
    secret_hash = _hash(secret)
    query = (
        select(User, BrowserSession.seen_at)
        .join(BrowserSession, BrowserSession.user_id == User.id)
        .where(BrowserSession.secret_hash == secret_hash, *lets_in())
    )
    row = Session(connection).execute(query).first()
    if row is None:
        return None
    user, seen_at = row
    who = Who(user.account_id, user.email, user.role)
    return SignedIn(who, user.id, user.email, user.must_change_password, secret_hash, seen_at)


def lets_in() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions under which a session still lets its browser in: used of late, and not begun long ago."""
    now = datetime.now(UTC)
    return BrowserSession.seen_at > now - IDLE_FOR, BrowserSession.created_at > now - LONGEST_SESSION


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
        forget_old_guesses(session)


def _who_gave_the_password(database: Database, seal: Seal, proof: str) -> User:
    """Return whom a proof is of; raise LogInTooOld, also when the password or the second factor is another one now."""
    try:
        user_id, given_at, password = json.loads(seal.open(proof, PROOF))
    except BrokenSeal as error:
        raise LogInTooOld from error
    with database.reading() as session:
        user = session.get(User, user_id)
    is_as_it_was = user is not None and user.totp_secret is not None and _hash(user.password_hash) == password
    if user is None or not is_as_it_was or time.time() - given_at > CODE_WITHIN_SECONDS:
        raise LogInTooOld
    return user


def _use_code_of_app(changes: Changes, seal: Seal, user: User, code: str) -> None:
    with changes.database.writing() as session:
        use_code(session, seal, user, code)


def _use_recovery_code(changes: Changes, seal: Seal, user: User, code: str) -> None:
    who = Who(user.account_id, user.email, user.role)
    with changes.making(who, "user.recovery_code_used") as draft:
        before = show_user(user) | {"recovery_codes": count_recovery_codes(draft.session, user.id)}
        use_code(draft.session, seal, user, code)
        draft.record([], before, before | {"recovery_codes": count_recovery_codes(draft.session, user.id)})


def _begin_session(database: Database, user_id: int, address: str, browser: str) -> str:
    secret, now = secrets.token_urlsafe(SECRET_BYTES), datetime.now(UTC)
    row = BrowserSession(secret_hash=_hash(secret), user_id=user_id, address=address[:64], seen_at=now)
    row.browser = browser[:200]
    with database.writing() as session:
        session.add(row)
    log.info("logged in", user_id=user_id, address=address)
    return secret


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
