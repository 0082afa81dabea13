"""Turn a second factor on and off: codes of an authenticator app that are asked for after the password."""

import secrets
from dataclasses import dataclass
from typing import Any

import pyotp
from sqlalchemy import delete
from sqlalchemy.orm import Session

from models import RecoveryCode, User
from operations.changes import Changes, Draft, Who
from operations.errors import Conflict, NotFound
from operations.finding import find_user
from operations.guesses import counting_a_guess
from operations.in_force import Outcome
from operations.log_in import LogInTooOld, SignedIn, WrongPassword, end_sessions
from operations.one_time_codes import WrongCode, find_step, make_recovery_codes, secret_purpose, use_code, write_secret
from operations.passwords import is_password
from operations.permissions import check_may_manage
from operations.seal import BrokenSeal, Seal
from operations.showing import check_is_unchanged, show_user

SECRET_BYTES = 20
ISSUER = "Clara"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A secret that is no second factor yet: `sealed` for the form, `secret` (base32) and `url` for the app."""

    sealed: str
    secret: str
    url: str


def propose(seal: Seal, signed_in: SignedIn, sealed: str | None = None) -> Proposal:
    """Return a new secret for somebody's app, or the one that was proposed to them before; it is kept nowhere.

    Raises SecretKeyMissing, and LogInTooOld for what was not proposed in this session.
    https://github.com/google/google-authenticator/wiki/Key-Uri-Format
    """
    secret = secrets.token_bytes(SECRET_BYTES) if sealed is None else _open(seal, signed_in, sealed)
    written = write_secret(secret)
    url = pyotp.TOTP(written, name=signed_in.email, issuer=ISSUER).provisioning_uri()
    return Proposal(sealed or seal.close(secret, _proposal_to(signed_in)), written, url)


def turn_on(
    changes: Changes, seal: Seal, signed_in: SignedIn, sealed: str, password: str, code: str, address: str
) -> list[str]:
    """Make a proposed secret the second factor, for who knows the password and whose app makes the right codes.

    Returns the recovery codes, this once. All other sessions of the user end. Raises WrongPassword, WrongCode, TooMany,
    Conflict if there is one already.
    """
    secret = _open(seal, signed_in, sealed)
    with counting_a_guess(changes.database, signed_in.email, address):
        _check_password(changes, signed_in, password)
        step = find_step(write_secret(secret), "".join(code.split()))
        if step is None:
            raise WrongCode
    with changes.making(signed_in.who, "user.second_factor_on") as draft:
        user = _own(draft.session, signed_in)
        if user.totp_secret is not None:
            raise Conflict("second_factor_is_on", "Your second factor is on already.")
        before = show_user(user)
        user.totp_secret, user.totp_last_step = seal.close(secret, secret_purpose(user.id)), step
        codes = make_recovery_codes(draft.session, seal, user.id)
        end_sessions(draft.session, user.id, but=signed_in.session)
        draft.record([], before, show_user(user))
    return codes


def turn_off(changes: Changes, seal: Seal, signed_in: SignedIn, password: str, code: str, address: str) -> Outcome:
    """Let the password do alone again, for who knows it and has a code, perhaps one to recover.

    All other sessions of the user end. Raises as above.
    """
    with counting_a_guess(changes.database, signed_in.email, address):
        _check_password(changes, signed_in, password)
        with changes.making(signed_in.who, "user.second_factor_off") as draft:
            user = _own(draft.session, signed_in)
            if user.totp_secret is not None:
                use_code(draft.session, seal, user, code)
                _take_away(draft, user)
                end_sessions(draft.session, user.id, but=signed_in.session)
    return draft.outcome


def reset_second_factor(
    changes: Changes, who: Who, user: str | int, if_match: str | None = None
) -> tuple[dict[str, Any], Outcome]:
    """Take the second factor of a user (address or id) away who has lost it; the password alone lets them in again.

    They are logged out everywhere. Nobody does it to themselves: whoever finds a browser open must not. Raises
    Forbidden unless `who` manages the user's role, Conflict for oneself, NotFound, Changed.
    """
    with changes.making(who, "user.second_factor_reset") as draft:
        found = find_user(draft.session, who.account, user)
        check_is_unchanged(show_user(found), if_match)
        check_may_manage(who.role, found.role)
        if found.email == who.name:
            raise Conflict("own_user", "You turn your own second factor off with a code, on the page of your log-ins.")
        if found.totp_secret is not None:
            _take_away(draft, found)
            end_sessions(draft.session, found.id)
        shown = show_user(found)
    return shown, draft.outcome


def _take_away(draft: Draft, user: User) -> None:
    before = show_user(user)
    user.totp_secret = user.totp_last_step = None
    draft.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    draft.record([], before, show_user(user))


def _check_password(changes: Changes, signed_in: SignedIn, password: str) -> None:
    with changes.database.reading() as session:
        user = _own(session, signed_in)
    if not is_password(user.password_hash, password):
        raise WrongPassword


def _own(session: Session, signed_in: SignedIn) -> User:
    user = session.get(User, signed_in.user_id)
    if user is None:
        raise NotFound("There is no such user any more.")
    return user


def _open(seal: Seal, signed_in: SignedIn, sealed: str) -> bytes:
    try:
        return seal.open(sealed, _proposal_to(signed_in))
    except BrokenSeal as error:
        raise LogInTooOld from error


def _proposal_to(signed_in: SignedIn) -> str:
    return f"second factor proposed in session {signed_in.session}"
