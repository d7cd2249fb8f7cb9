"""Closing a cancelled subscription: one transaction's whole effect.

Locks are taken in one order everywhere: the clock, the subscription, invoices, the number series.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.bill_runs import store as bill_runs
from services.billing.bill_runs import subjects
from services.billing.bill_runs.desk import Desk
from services.billing.bill_runs.rules import Difference
from services.billing.bill_runs.words import Words
from services.billing.clock import store as clock_store
from services.billing.closings import store
from services.billing.closings.rules import Creditable, Unused, place
from services.billing.credit_notes import operations as credit_notes
from services.billing.credit_notes import store as notes_store
from services.billing.credit_notes.operations import Terms
from services.billing.credit_notes.rules import Wish, by_items
from services.billing.invoices import operations as invoices
from services.billing.subscriptions.rules import end_of
from shared.contracts.billing import CreditSettlement
from shared.db import raw
from shared.tenancy import Organization

BY: Final = "cancellation"


async def close(session: AsyncSession, organization: Organization, subscription_id: UUID) -> bool:
    """Credit what a cancelled subscription has not used; False when that has been done.

    While something is to be asked as well, its last invoice sets them off first; the bill run
    that issues it leaves what remains to this.
    """
    tx = await raw(session)
    await clock_store.share(tx, [organization.id])
    if not await store.lock(tx, organization.id, subscription_id):
        return False
    subject, plans = await subjects.one(tx, organization.id, subscription_id)
    assert subject is not None
    words = Words.of(organization.locale)
    desk = Desk(subject, plans, organization.currency, words)
    unused = desk.unused()
    if unused:
        end = end_of(subject.timeline)
        assert end is not None
        terms = Terms(words.not_used(end), CreditSettlement.CREDIT)
        taken = await _credit(session, organization, subscription_id, desk, unused, terms)
        for each, minor in zip(unused, taken, strict=True):
            if minor:
                desk.give_back(each, minor)
    await bill_runs.advance(tx, [(subject, desk.closed_now())])
    return True


async def _credit(
    session: AsyncSession,
    organization: Organization,
    subscription_id: UUID,
    desk: Desk,
    differences: Sequence[Difference],
    terms: Terms,
) -> list[int]:
    """Issue the notes, one per invoice; how much of each difference they give back."""
    unused = [
        Unused(each.billed.start, _positions(each), -desk.worth(each)) for each in differences
    ]
    billed = await store.lock_invoices(await raw(session), subscription_id)
    since = min(each.start for each in unused)
    own = [(start, id_) for start, id_ in billed if start >= since]
    creditable = await _creditable(session, organization, own)
    placed, taken = place(unused, creditable)
    if sum(taken) < sum(each.gross_minor for each in unused):
        others = [(start, id_) for start, id_ in billed if start < since]
        creditable += await _creditable(session, organization, others)
        placed, taken = place(unused, creditable)
    for each in creditable:
        if each.id in placed:
            locked = await invoices.lock_to_lower(session, organization, each.id, "it is void")
            wishes = [Wish(position, None, minor) for position, minor in placed[each.id].items()]
            shares = by_items(each.items, wishes, organization.currency)
            await credit_notes.issue(session, organization, locked, shares, terms, by=BY)
    return taken


def _positions(each: Difference) -> tuple[int, ...]:
    return each.billed.charged[each.plan.id].positions


async def _creditable(
    session: AsyncSession, organization: Organization, billed: Sequence[tuple[date, UUID]]
) -> list[Creditable]:
    """How much invoices that are locked can still be credited."""
    found = []
    for start, invoice_id in billed:
        invoice, _ = await invoices.lock_to_lower(session, organization, invoice_id, "it is void")
        items = await notes_store.items(session, invoice)
        found.append(Creditable(invoice_id, start, invoice.amounts().creditable_minor, items))
    return found
