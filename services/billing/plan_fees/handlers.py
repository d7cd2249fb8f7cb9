"""Payment plans that were agreed -> the invoices of their fees.

The fee is what was agreed, so it bears no tax on top. It stays owed whatever becomes of the
plan, until somebody gives it up by a credit note or a write-off.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.billing.clock import store as clock_store
from services.billing.fees import store
from services.billing.fees.operations import Fee, issue
from services.billing.papers.words import voice_for
from shared.bus.handlers import on
from shared.contracts.billing import InvoiceKind
from shared.contracts.collections import PlanAgreed
from shared.contracts.event import Event
from shared.db import Connection
from shared.tenancy import Organization, require_organizations

UNTAXED: Final = Decimal(0)


@on(PlanAgreed)
async def charge_plan_fees(tx: Connection, events: Sequence[Event[PlanAgreed]]) -> None:
    """Ask for each plan's fee by one invoice, whose id the plan has named, however often told."""
    agreed = {id_: event for event in events if (id_ := event.data.fee_invoice_id) is not None}
    organizations = await require_organizations(
        tx, {event.organization for event in agreed.values()}
    )
    clocks = await clock_store.hold(tx, organizations)
    known = await store.known(tx, agreed)
    fees = [
        _fee(id_, event, organizations[event.organization])
        for id_, event in agreed.items()
        if id_ not in known
    ]
    await issue(tx, clocks, fees)


def _fee(id_: UUID, event: Event[PlanAgreed], organization: Organization) -> Fee:
    said = event.data
    return Fee(
        id=id_,
        organization=organization,
        kind=InvoiceKind.PLAN_FEE,
        customer_id=said.customer_id,
        line_id=said.line_id,
        currency=said.currency,
        net_minor=said.fee_minor,
        tax_minor=0,
        tax_rate=UNTAXED,
        due_on=said.last_due_on,
        description=voice_for(None, organization.locale)["plan_fee"],
        cause=event,
    )
