"""Who may manage whom."""

import pytest

from gateway.identity.rules import may_grant, may_manage, stops_administering
from shared.auth import Role

BELOW_PLATFORM = [Role.ORG_ADMIN, Role.CLERK, Role.COLLECTOR, Role.READ_ONLY]


@pytest.mark.parametrize("role", list(Role))
def test_a_platform_admin_makes_anyone_anything(role: Role) -> None:
    assert may_grant(Role.PLATFORM_ADMIN, role)


@pytest.mark.parametrize("role", BELOW_PLATFORM)
def test_an_org_admin_makes_anyone_up_to_its_own_role(role: Role) -> None:
    assert may_grant(Role.ORG_ADMIN, role)


def test_an_org_admin_makes_and_manages_no_platform_admin() -> None:
    assert not may_grant(Role.ORG_ADMIN, Role.PLATFORM_ADMIN)
    assert not may_manage(Role.ORG_ADMIN, Role.PLATFORM_ADMIN)


@pytest.mark.parametrize("actor", [Role.CLERK, Role.COLLECTOR, Role.READ_ONLY])
@pytest.mark.parametrize("role", list(Role))
def test_nobody_else_makes_users(actor: Role, role: Role) -> None:
    assert not may_grant(actor, role)


@pytest.mark.parametrize(
    ("role", "active", "new_role", "new_active", "stops"),
    [
        (Role.ORG_ADMIN, True, Role.ORG_ADMIN, True, False),
        (Role.ORG_ADMIN, True, Role.CLERK, True, True),
        (Role.ORG_ADMIN, True, Role.ORG_ADMIN, False, True),
        (Role.ORG_ADMIN, False, Role.CLERK, False, False),
        (Role.CLERK, True, Role.CLERK, False, False),
        (Role.PLATFORM_ADMIN, True, Role.PLATFORM_ADMIN, False, True),
    ],
)
def test_an_administrator_stops_by_losing_role_or_standing(
    role: Role, active: bool, new_role: Role, new_active: bool, stops: bool
) -> None:
    found = stops_administering(role=role, active=active, new_role=new_role, new_active=new_active)
    assert found is stops
