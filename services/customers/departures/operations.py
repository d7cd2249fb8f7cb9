"""Ending the business with a customer."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.customers.customers import operations as customers
from services.customers.customers.model import Customer
from services.customers.customers.problems import CustomerHasLines
from services.customers.customers.store import lock_customer
from services.customers.lines import operations as lines
from services.customers.lines.store import lock_lines_of
from shared import clock
from shared.contracts.customers import CustomerDeactivated, LineStatus

IN_SERVICE = (LineStatus.ACTIVE, LineStatus.SUSPENDED)


async def deactivate(
    session: AsyncSession,
    organization_id: UUID,
    customer_id: UUID,
    actor_id: UUID,
    *,
    cascade: bool,
) -> Customer:
    """Serve a customer no longer; refused while a line is in service, unless it cascades.

    To cascade is to cancel every line, installed or not, each announced by itself. The
    customer is locked first, as for every change of its set of lines, so that no line can
    be sold or activated meanwhile.
    """
    customer = await lock_customer(session, organization_id, customer_id)
    customer.deactivate(clock.now())
    remaining = await lock_lines_of(session, organization_id, customer_id)
    if cascade:
        for line in remaining:
            await lines.cancel(session, line, actor_id, note="the customer was deactivated")
    elif blocking := [line for line in remaining if line.status in IN_SERVICE]:
        raise CustomerHasLines(
            customer_id,
            [{"id": line.id, "number": line.number, "status": line.status} for line in blocking],
        )
    await customers.announce(session, customer, CustomerDeactivated)
    return customer
