"""Who may manage whom.

Pure rules. Ranks are compared, never names: an administrator of an organization manages
everyone of it and nobody above itself; clerks and collectors stand side by side.
"""

from typing import Final

from shared.auth import Role

RANK: Final = {
    Role.READ_ONLY: 0,
    Role.CLERK: 1,
    Role.COLLECTOR: 1,
    Role.ORG_ADMIN: 2,
    Role.PLATFORM_ADMIN: 3,
}
ADMINISTRATORS: Final = frozenset({Role.ORG_ADMIN, Role.PLATFORM_ADMIN})


def may_grant(actor: Role, role: Role) -> bool:
    """Whether `actor` may make somebody a `role`."""
    return actor in ADMINISTRATORS and RANK[role] <= RANK[actor]


def may_manage(actor: Role, subject: Role) -> bool:
    """Whether `actor` may change a user who is a `subject` now."""
    return may_grant(actor, subject)


def stops_administering(*, role: Role, active: bool, new_role: Role, new_active: bool) -> bool:
    """Whether a change takes away a working administrator of a user's own kind."""
    if role not in ADMINISTRATORS or not active:
        return False
    return new_role is not role or not new_active
