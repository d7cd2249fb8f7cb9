"""Granting and revoking exemptions: whom they concern is judged at once, and when they end."""

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.agenda import store as agenda
from services.collections.agenda.store import Appointment
from services.collections.enforcement.locks import Customers, hold
from services.collections.enforcement.operations import assess
from services.collections.enforcement.rules import Cause, Concern, Push
from services.collections.exemptions import store
from services.collections.exemptions.model import Exemption
from services.collections.exemptions.problems import ExemptionRevoked
from shared import clock
from shared.db import raw
from shared.ids import new_id
from shared.problems import NotFound
from shared.tenancy import Organization

CAUSE: Final = "collections.exemption-changed"
AT_ONCE: Final = 1000


async def grant(
    session: AsyncSession,
    organization: Organization,
    *,
    customer_id: UUID | None,
    line_id: UUID | None,
    area: str | None,
    reason: str,
    from_on: date,
    until_on: date,
    by: UUID,
) -> Exemption:
    """Exempt a customer, a line or an area until a day; NotFound for whom nobody has heard of."""
    tx = await raw(session)
    for kind, named in (("customer", customer_id), ("line", line_id)):
        if named is not None and not await store.is_known(tx, organization.id, kind, named):
            raise NotFound(kind, named)
    exemption = Exemption(
        id=new_id(),
        organization_id=organization.id,
        customer_id=customer_id,
        line_id=line_id,
        area=area,
        reason=reason,
        from_on=from_on,
        until_on=until_on,
        created_at=clock.now(),
        created_by=by,
    )
    session.add(exemption)
    await session.flush()
    await _judge(session, organization, exemption)
    return exemption


async def revoke(
    session: AsyncSession, organization: Organization, exemption_id: UUID, by: UUID
) -> Exemption:
    """End an exemption before its day."""
    exemption = await store.get(session, organization.id, exemption_id)
    if exemption is None:
        raise NotFound("exemption", exemption_id)
    if exemption.revoked_at is not None:
        raise ExemptionRevoked(exemption_id)
    exemption.revoked_at, exemption.revoked_by = clock.now(), by
    await session.flush()
    await _judge(session, organization, exemption)
    return exemption


async def _judge(session: AsyncSession, organization: Organization, exemption: Exemption) -> None:
    """Have those concerned judged: a few now, an area's many by the agenda in a moment."""
    tx = await raw(session)
    customers = await store.customers_of(tx, exemption)
    moments = list(agenda.moments(organization, exemption.from_on, exemption.until_on))
    if len(customers) > AT_ONCE:
        moments.append(organization.now())
    await agenda.put(
        tx,
        [
            Appointment(organization.id, customer_id, None, at)
            for customer_id in customers
            for at in moments
        ],
    )
    if len(customers) <= AT_ONCE:
        await hold(tx, Customers((organization.id, customer_id) for customer_id in customers))
        cause = Cause(CAUSE, keep=True)
        await assess(
            tx,
            [
                Concern(organization.id, customer_id, None, Push.EITHER, cause, whole=True)
                for customer_id in customers
            ],
        )
