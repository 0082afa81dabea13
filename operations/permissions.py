"""Who may do what: the one table. Every change and every endpoint names an action of it.

Roles hold what the roles below them hold. A Member sees everything of the account and assigns numbers; an Admin also
gets, pauses, resumes and releases numbers and manages agents, locations, members and tokens; a Super Admin also
manages admins and the account. The system is this program itself, when nobody asked: it resumes, syncs and cleans up.
"""

from operations.errors import Forbidden

MEMBER = "member"
ADMIN = "admin"
SUPER_ADMIN = "super_admin"
SYSTEM = "system"
RANKS = {MEMBER: 0, ADMIN: 1, SUPER_ADMIN: 2, SYSTEM: 3}

READ = "account.read"
LEAST_ROLES = {
    READ: MEMBER,
    "number.assigned": MEMBER,
    "number.labelled": MEMBER,
    "number.searched": ADMIN,
    "number.compared": ADMIN,
    "number.ordered": ADMIN,
    "number.purchased": ADMIN,
    "number.purchase_failed": ADMIN,
    "number.activated": ADMIN,
    "number.added": ADMIN,
    "number.paused": ADMIN,
    "number.resumed": ADMIN,
    "number.released": ADMIN,
    "number.freed": ADMIN,
    "number.synced": ADMIN,
    "line.added": ADMIN,
    "line.verifying": ADMIN,
    "line.verified": MEMBER,
    "line.removed": ADMIN,
    "call.placed": MEMBER,
    "agent.created": ADMIN,
    "agent.edited": ADMIN,
    "agent.deleted": ADMIN,
    "agent.tested": ADMIN,
    "location.created": ADMIN,
    "location.edited": ADMIN,
    "location.deleted": ADMIN,
    "user.created": ADMIN,
    "user.edited": ADMIN,
    "user.password_set": ADMIN,
    "user.deleted": ADMIN,
    "user.password_changed": MEMBER,
    "user.second_factor_on": MEMBER,
    "user.second_factor_off": MEMBER,
    "user.second_factor_reset": ADMIN,
    "user.recovery_code_used": MEMBER,
    "token.created": ADMIN,
    "token.revoked": ADMIN,
    "account.edited": SUPER_ADMIN,
    "account.created": SYSTEM,
    "calls.purged": SUPER_ADMIN,
    "host.removed": SYSTEM,
}
ROLE_NAMES = {MEMBER: "Member", ADMIN: "Admin", SUPER_ADMIN: "Super Admin", SYSTEM: "operator"}


def may(role: str, action: str) -> bool:
    """Tell whether a role holds an action; raises KeyError for one that is not in the table."""
    return RANKS[role] >= RANKS[LEAST_ROLES[action]]


def check_may(role: str, action: str) -> None:
    """Raise Forbidden unless the role holds the action."""
    if not may(role, action):
        raise Forbidden(f"This needs the role {ROLE_NAMES[LEAST_ROLES[action]]}; yours is {ROLE_NAMES[role]}.")


def may_manage(role: str, other_role: str) -> bool:
    """Tell whether `role` may make, change or remove people and tokens of `other_role`, if it may at all.

    Nobody can give away more than they have, and only a Super Admin manages admins.
    """
    return RANKS[role] >= RANKS[SUPER_ADMIN] or RANKS[other_role] < RANKS[ADMIN]


def check_may_manage(role: str, other_role: str) -> None:
    """Raise Forbidden unless `role` may manage who is `other_role`."""
    if not may_manage(role, other_role):
        raise Forbidden(f"Only a Super Admin manages who is {ROLE_NAMES[other_role]}.")
