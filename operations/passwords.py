"""Passwords: how long they are, and how they are kept."""

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from operations.errors import Invalid

LONGEST_PASSWORD = 200
SHORTEST_PASSWORD = 12
# One argon2id hash takes 64 MiB and tens of milliseconds: a flood of guesses must not have all memory and all cores.
HASHES_AT_ONCE = 2
_hashing = BoundedSemaphore(HASHES_AT_ONCE)
# What a password is compared with when there is no such user, so that both answers take the same time.
NOBODYS_HASH = "$argon2id$v=19$m=65536,t=3,p=4$BpdvIqMIj2lHlLtXIXsePA$m7W7XkceC+UO9EnRbGBCg5pKhdPYwTbdkU8xuwpm5io"


def check_password(password: str) -> str:
    """Return a new password; raise Invalid for one that is too short to keep or too long to hash."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")
    return password


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    with _hashing:
        return PasswordHasher().hash(password)


def is_password(password_hash: str, password: str) -> bool:
    """Tell whether a hash is that of a password."""
    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        with _hashing:
            return PasswordHasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
