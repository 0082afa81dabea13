"""Recognise an API token: whose it is, and what it may do."""

import hashlib

from sqlalchemy import Connection, select

from models import Token
from operations.changes import Who


def recognise_token(connection: Connection, secret: str) -> Who | None:
    """Return who holds a token that was not revoked, for the audit trail as “name” of a token; None for any other.

    The comparison is the index's, and takes as long as it takes: what it compares is the SHA-256 of 32 random bytes,
    and whoever measures how much of a hash is right cannot choose a secret that has more of it.
    """
    token_hash = hashlib.sha256(secret.encode()).hexdigest()
    query = select(Token.account_id, Token.name, Token.role).where(
        Token.token_hash == token_hash, Token.revoked_at.is_(None)
    )
    found = connection.execute(query).first()
    return Who(found.account_id, f"token “{found.name}”", found.role) if found else None
