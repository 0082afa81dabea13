"""Read a role that is to be given to a user or a token."""

from models import ROLES
from operations.errors import Invalid, at_field


def read_role(role: str) -> str:
    """Return a role of the table of permissions that people and tokens may have; raise Invalid for any other."""
    if role not in ROLES:
        with at_field("role"):
            raise Invalid(f"A role is one of: {', '.join(ROLES)}.")
    return role
