"""Seal what only a server that has the SECRET_KEY may read or have made.

A sealed text is AES-256-GCM under a key derived from SECRET_KEY, so whoever reads the database, or a form that is sent
back, can neither read it nor change it. It is bound to what it is for: the secret of one user's second factor is worth
nothing in the row of another one.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from operations.errors import OperationError

SHORTEST_KEY = 32
NONCE_BYTES = 12
KEY_BYTES = 32


class SecretKeyMissing(OperationError):
    """The operator has not set a SECRET_KEY that nobody can guess, so nothing can be sealed."""

    status = 503
    code = "secret_key_missing"

    def __init__(self) -> None:
        super().__init__(
            f"This needs a SECRET_KEY of {SHORTEST_KEY} characters or more on every server. Please ask the operator."
        )


class BrokenSeal(Exception):
    """It was sealed with another SECRET_KEY, for something else, or not at all."""


class Seal:
    """What SECRET_KEY is used for, except for the tokens of forms; a key that can be guessed is not used at all."""

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key.encode()
        self.is_usable = len(secret_key) >= SHORTEST_KEY

    def close(self, plain: bytes, purpose: str) -> str:
        """Return the sealed text, in the characters of URLs; raise SecretKeyMissing."""
        nonce = token_bytes(NONCE_BYTES)
        return urlsafe_b64encode(nonce + self._cipher().encrypt(nonce, plain, purpose.encode())).decode()

    def open(self, sealed: str, purpose: str) -> bytes:
        """Return what was sealed; raise BrokenSeal, or SecretKeyMissing."""
        cipher = self._cipher()
        try:
            found = urlsafe_b64decode(sealed.encode(errors="replace"))
            return cipher.decrypt(found[:NONCE_BYTES], found[NONCE_BYTES:], purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise BrokenSeal from error

    def digest(self, text: str, purpose: str) -> str:
        """Return an HMAC of a text (64 hexadecimal digits), by which it is recognised and not guessed."""
        return hmac.new(self._key(b"digest"), f"{purpose}:{text}".encode(errors="replace"), sha256).hexdigest()

    def _cipher(self) -> AESGCM:
        return AESGCM(self._key(b"seal"))

    def _key(self, use: bytes) -> bytes:
        if not self.is_usable:
            raise SecretKeyMissing
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"clara " + use).derive(self._secret_key)
