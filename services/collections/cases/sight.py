"""Which cases a caller sees: a collector those assigned to them, everybody else all.

A dependency of every endpoint of the desk, and a condition of every query behind them: what
a collector does not see does not exist for them.
"""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy import ColumnElement, and_

from services.collections.cases.model import Case
from services.collections.collectors.store import of_user
from shared.auth import Caller, Principal, Role
from shared.http import OrganizationId


@dataclass(frozen=True, slots=True)
class Sight:
    """What one caller sees of one organization's cases."""

    organization_id: UUID
    caller: Principal

    @property
    def is_collectors(self) -> bool:
        """Whether it ends at the caller's own cases."""
        return self.caller.role is Role.COLLECTOR

    def condition(self) -> ColumnElement[bool]:
        """The cases in sight."""
        ours = Case.organization_id == self.organization_id
        if not self.is_collectors:
            return ours
        return and_(ours, Case.collector_id == of_user(self.organization_id, self.caller.user_id))


async def _sight(organization_id: OrganizationId, caller: Caller) -> Sight:
    return Sight(organization_id, caller)


InSight = Annotated[Sight, Depends(_sight)]
