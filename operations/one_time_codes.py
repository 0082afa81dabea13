"""Check a code of a second factor, and use it up: six digits of an authenticator app, or a recovery code.

The six digits are those of RFC 6238, new every 30 seconds: https://datatracker.ietf.org/doc/html/rfc6238
"""

import hmac
import secrets
import time
from base64 import b32encode

import pyotp
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from models import RecoveryCode, User
from operations.errors import OperationError
from operations.seal import BrokenSeal, Seal

STEP_SECONDS = 30
DIGITS = 6
# Clocks of telephones go wrong, and people type slowly: the code before and the next one hold, too.
STEPS_ASIDE = 1
RECOVERY_CODES = 10
RECOVERY_CODE_BYTES = 10
GROUP = 4
RECOVERY = "recovery code"


class WrongCode(OperationError):
    """The code is not right, or was used already; which one is not said."""

    status = 401
    code = "wrong_code"

    def __init__(self) -> None:
        super().__init__(
            "This code is not right, or was used before. Please wait for the next one. If none is right, look whether"
            " the clock of your device is."
        )


class SecondFactorUnreadable(OperationError):
    """The second factor was kept with another SECRET_KEY than this server has."""

    status = 503
    code = "second_factor_unreadable"

    def __init__(self) -> None:
        super().__init__("Your second factor cannot be read here. Please ask an Admin or the operator to reset it.")


def secret_purpose(user_id: int) -> str:
    """Return what the secret of a user is sealed for."""
    return f"second factor of user {user_id}"


def use_code(session: Session, seal: Seal, user: User, typed: str) -> None:
    """Use a code up, in the transaction of `session`: of several at the same time one is let through.

    Raises WrongCode, SecondFactorUnreadable, SecretKeyMissing.
    """
    use = _use_recovery if is_recovery_code(typed) else _use_step
    if not use(session, seal, user, _without_gaps(typed)):
        raise WrongCode


def is_recovery_code(typed: str) -> bool:
    """Tell whether what is typed can only be a recovery code, right or wrong."""
    return len(_without_gaps(typed)) != DIGITS


def write_secret(secret: bytes) -> str:
    """Return a secret as apps take it, in base32."""
    return b32encode(secret).decode()


def find_step(secret: str, code: str) -> int | None:
    """Return the time step (of 30 seconds, since 1970) around now whose code it is; None if it is of none of them."""
    now = int(time.time()) // STEP_SECONDS
    totp = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    for step in range(now - STEPS_ASIDE, now + STEPS_ASIDE + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode(errors="replace")):
            return step
    return None


def make_recovery_codes(session: Session, seal: Seal, user_id: int) -> list[str]:
    """Return new recovery codes, each of 80 bits in base32, such as ABCD-EFGH-IJKL-MNOP; keep their HMACs."""
    codes = [b32encode(secrets.token_bytes(RECOVERY_CODE_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=user_id, code_hash=seal.digest(code, RECOVERY)) for code in codes)
    return ["-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP)) for code in codes]


def count_recovery_codes(session: Session, user_id: int) -> int:
    """Return how many recovery codes somebody has not used."""
    return session.scalar(select(func.count()).where(RecoveryCode.user_id == user_id)) or 0


def _without_gaps(typed: str) -> str:
    return "".join(typed.split()).replace("-", "").upper()


def _use_step(session: Session, seal: Seal, user: User, code: str) -> bool:
    try:
        secret = write_secret(seal.open(user.totp_secret or "", secret_purpose(user.id)))
    except BrokenSeal as error:
        raise SecondFactorUnreadable from error
    step = find_step(secret, code)
    if step is None:
        return False
    is_newer = or_(User.totp_last_step.is_(None), User.totp_last_step < step)
    using = update(User).where(User.id == user.id, is_newer).values(totp_last_step=step)
    return session.scalar(using.returning(User.id)) is not None


def _use_recovery(session: Session, seal: Seal, user: User, code: str) -> bool:
    is_it = RecoveryCode.code_hash == seal.digest(code, RECOVERY)
    using = delete(RecoveryCode).where(RecoveryCode.user_id == user.id, is_it)
    return session.scalar(using.returning(RecoveryCode.id)) is not None
