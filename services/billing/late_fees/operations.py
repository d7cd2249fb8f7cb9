"""Charging late fees, one by a person or many by order, and keeping their rules.

Locks are taken in one order everywhere: the clock, the invoice, the number series.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.clock import store as clock_store
from services.billing.clock.store import ClockState
from services.billing.fees import operations as fees
from services.billing.fees.operations import Fee
from services.billing.late_fees import store
from services.billing.late_fees.model import LateFeeRule
from services.billing.late_fees.problems import (
    NotChargeable,
    RuleCodeTaken,
    RuleUnknown,
    RuleUsed,
)
from services.billing.late_fees.rules import Late, Rule, against, fee_on, period_of
from services.billing.late_fees.store import LateFee
from shared import clock
from shared.contracts.billing import InvoiceKind
from shared.contracts.collections import LateFeeOrdered
from shared.contracts.event import Event
from shared.db import Connection, raw
from shared.http import expect_version
from shared.ids import new_id
from shared.problems import NotFound
from shared.tenancy import Organization

LOCK: Final = "SELECT pg_advisory_xact_lock(%s, hashtext(%s::uuid::text))"
KEY: Final = 0x66656573  # "fees"


async def charge(
    session: AsyncSession, organization: Organization, invoice_id: UUID, code: str
) -> tuple[UUID, bool]:
    """Charge an overdue invoice by a rule; the fee, and whether it is a new one.

    A fee that was charged for the period already is the answer, also when the invoice has
    been paid since.
    """
    tx = await raw(session)
    clocks = await clock_store.hold(tx, [organization.id])
    late = (await store.lock(tx, [invoice_id])).get(invoice_id)
    if late is None or late.organization_id != organization.id:
        raise NotFound("invoice", invoice_id)
    rule = (await store.rules(tx, [(organization.id, code)])).get((organization.id, code))
    if rule is None:
        raise RuleUnknown(code)
    period = period_of(rule, organization.today())
    fee_id = (await store.charged(tx, [invoice_id])).get((invoice_id, code, period))
    if fee_id is not None:
        return fee_id, False
    refusal = against(rule, late, organization.today())
    if refusal is not None:
        raise NotChargeable(invoice_id, refusal)
    fee = prepared(organization, late, rule, period)
    await issue(tx, clocks, [fee])
    return fee.invoice.id, True


def prepared(
    organization: Organization,
    late: Late,
    rule: Rule,
    period: str,
    order: Event[LateFeeOrdered] | None = None,
) -> LateFee:
    """The fee that a rule charges an invoice today."""
    net = fee_on(rule, late.open_minor, late.currency)
    invoice = Fee(
        id=new_id(),
        organization=organization,
        kind=InvoiceKind.LATE_FEE,
        customer_id=late.customer_id,
        line_id=late.line_id,
        currency=late.currency,
        net_minor=net.minor,
        tax_minor=net.percent(rule.tax_rate).minor,
        tax_rate=rule.tax_rate,
        due_on=organization.today() + timedelta(days=rule.due_days),
        description=f"{rule.name} {late.number}",
        refers_to=late.id,
        cause=order,
    )
    return LateFee(invoice, late, rule, period, order.data.decision_id if order else None)


async def issue(
    tx: Connection, clocks: Mapping[UUID, ClockState], charged: Sequence[LateFee]
) -> None:
    """Ask for late fees, and remember what they were for: each once."""
    if charged:
        await fees.issue(tx, clocks, [each.invoice for each in charged])
        await store.keep(tx, charged)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a rule charges; frozen once it has charged."""

    charge: str
    amount_minor: int | None
    rate: Decimal | None
    cap_minor: int | None
    tax_rate: Decimal
    period: str
    due_days: int


async def create_rule(
    session: AsyncSession, organization: Organization, code: str, name: str, terms: Terms
) -> LateFeeRule:
    """A new rule in the organization's currency; raises RuleCodeTaken."""
    await (await raw(session)).execute(LOCK, (KEY, organization.id))
    if await store.code_taken(session, organization.id, code):
        raise RuleCodeTaken(code)
    now = clock.now()
    rule = LateFeeRule(
        id=new_id(),
        organization_id=organization.id,
        code=code,
        name=name,
        currency=organization.currency,
        active=True,
        version=1,
        created_at=now,
        updated_at=now,
    )
    _set(rule, terms)
    session.add(rule)
    await session.flush()
    return rule


async def change_rule(
    session: AsyncSession,
    organization_id: UUID,
    rule_id: UUID,
    seen: int | None,
    changes: Mapping[str, Any],
    terms: Terms | None,
) -> LateFeeRule:
    """Rename or (de)activate a rule, or change its terms while it has charged nothing."""
    tx = await raw(session)
    await tx.execute(LOCK, (KEY, organization_id))
    rule = await store.read(session, organization_id, rule_id, lock=True)
    expect_version(seen, rule.version)
    if changes.get("active") and await store.code_taken(
        session, organization_id, rule.code, rule_id
    ):
        raise RuleCodeTaken(rule.code)
    if terms is not None:
        if await store.used(tx, rule_id):
            raise RuleUsed(rule_id)
        _set(rule, terms)
    for member, value in changes.items():
        setattr(rule, member, value)
    rule.version += 1
    rule.updated_at = clock.now()
    await session.flush()
    return rule


def _set(rule: LateFeeRule, terms: Terms) -> None:
    rule.charge, rule.amount_minor = terms.charge, terms.amount_minor
    rule.rate, rule.cap_minor = terms.rate, terms.cap_minor
    rule.tax_rate, rule.period, rule.due_days = terms.tax_rate, terms.period, terms.due_days
