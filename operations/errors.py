"""Why an operation was not done, in plain English, with the HTTP status and the code that programs go by."""

from collections.abc import Iterator
from contextlib import contextmanager


class OperationError(Exception):
    """An operation was refused or failed; `message` is for the person who asked for it.

    `field` is the name of what was given that stands against it, if it is one thing.
    """

    status = 422
    code = "invalid"
    field: str | None = None

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(OperationError):
    """What was given cannot be used."""


class NotFound(OperationError):
    """There is no such thing in this account; the same for one that another account has."""

    status = 404
    code = "not_found"


class Forbidden(OperationError):
    """Whoever asks has not the role for it."""

    status = 403
    code = "forbidden"


class Changed(OperationError):
    """Somebody else has changed it since the person who asks has seen it (If-Match); nothing was overwritten."""

    status = 412
    code = "changed_meanwhile"


class TooMany(OperationError):
    """A limit is reached; `code` says which one."""

    status = 429

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Conflict(OperationError):
    """It cannot be done in the present state; `code` says which state that is."""

    status = 409

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class KeyReused(OperationError):
    """The Idempotency-Key has named another request already.

    https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
    """

    status = 422
    code = "idempotency_key_reused"


class DatabaseUnavailable(OperationError):
    """The database did not answer, so nothing was changed."""

    status = 503
    code = "database_unavailable"

    def __init__(self) -> None:
        super().__init__("The database does not answer. Nothing was changed; please try again.")


class OutcomeUnknown(OperationError):
    """The database went away during the commit: the change may or may not be made."""

    status = 503
    code = "outcome_unknown"

    def __init__(self) -> None:
        super().__init__("The database went away at the last moment. Please look whether it was done, and repeat it.")


@contextmanager
def at_field(name: str) -> Iterator[None]:
    """Say of what is refused meanwhile that it is because of the field `name`."""
    try:
        yield
    except OperationError as error:
        error.field = error.field or name
        raise
