"""Opening and deciding disputes.

An open dispute takes its amount out of what counts. Rejected, the amount counts again at once.
Upheld, it stays out until credit notes and write-offs heard of since have taken that amount off
the invoice, or the invoice is void; what they have taken off in part counts no longer, and need
not be kept out. Where several wait for one invoice, each cent counts for the oldest alone. That is
followed where facts are taken in, before lines are judged (services.collections.pauses.upheld).
Locks in the order of agreements: customers, disputes, cases.
"""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.activities.rules import ActivityKind
from services.collections.activities.store import Activity, record
from services.collections.agreements.operations import put_back
from services.collections.agreements.problems import AmountNotOwed
from services.collections.cases import store as cases
from services.collections.cases.desk import bring, walk
from services.collections.cases.model import Case
from services.collections.cases.problems import CaseClosed
from services.collections.cases.rules import CaseStatus
from services.collections.cases.sight import Sight
from services.collections.disputes.model import Dispute
from services.collections.disputes.problems import DisputeOver, InvoiceDisputed
from services.collections.disputes.rules import DisputeState
from services.collections.enforcement.locks import Customers, hold
from services.collections.pauses.operations import end_pauses, put_pauses
from services.collections.pauses.rules import PauseKind
from services.collections.pauses.store import Ending, NewPause
from services.collections.status.operations import terms_of
from shared import clock
from shared.contracts.collections import DisputeOpened, DisputeResolved
from shared.db import Connection, raw
from shared.http import expect_version
from shared.ids import new_id
from shared.money import Money
from shared.outbox import Outgoing, emit
from shared.problems import NotFound

ADJUSTED: Final = """
SELECT credited_minor + written_off_minor AS adjusted_minor, voided FROM debt
WHERE organization_id = %s AND invoice_id = %s
"""


async def open_dispute(
    session: AsyncSession,
    sight: Sight,
    case_id: UUID,
    *,
    invoice_id: UUID,
    amount_minor: int | None,
    reason: str,
) -> Dispute:
    """Write down that a customer disputes an amount of an invoice (all that is open of it)."""
    case = (await cases.get(session, sight, case_id)).case
    tx = await raw(session)
    await hold(tx, Customers([(sight.organization_id, case.customer_id)]))
    await session.refresh(case)
    if case.status == CaseStatus.CLOSED:
        raise CaseClosed(case_id)
    debts = {debt.invoice_id: debt for debt in await cases.debts(session, case)}
    debt = debts.get(invoice_id)
    if debt is None:
        raise NotFound("open invoice of the case", invoice_id)
    asked = Money(debt.open_minor if amount_minor is None else amount_minor, debt.currency)
    if not 0 < asked.minor <= debt.open_minor:
        raise AmountNotOwed(asked, Money(debt.open_minor, debt.currency))
    await _expect_undisputed(session, invoice_id)
    terms = await terms_of(session, sight.organization_id)
    dispute = Dispute(
        id=new_id(),
        organization_id=sight.organization_id,
        case_id=case_id,
        customer_id=case.customer_id,
        line_id=debt.line_id,
        invoice_id=invoice_id,
        currency=debt.currency,
        amount_minor=asked.minor,
        reason=reason,
        opened_on=terms.today,
        opened_by=sight.caller.user_id,
    )
    session.add(dispute)
    await session.flush()
    await put_pauses(tx, [_pause(dispute)])
    locked = await cases.lock(session, sight, case_id)
    if locked.status == CaseStatus.CLOSED:
        raise CaseClosed(case_id)
    await _note(tx, sight, dispute, "opened", reason)
    await bring(session, locked, CaseStatus.DISPUTED, sight.caller)
    await emit(tx, [_said(dispute, DisputeOpened.model_validate(_facts(dispute)))])
    return dispute


async def resolve(
    session: AsyncSession,
    sight: Sight,
    dispute_id: UUID,
    *,
    upheld: bool,
    note: str | None,
    seen: int | None,
) -> Dispute:
    """Decide a dispute; the last of a case brings it back into contact, or to its agreement."""
    dispute = await get(session, sight, dispute_id)
    tx = await raw(session)
    await hold(tx, Customers([(dispute.organization_id, dispute.customer_id)]))
    await session.refresh(dispute, with_for_update=True)
    expect_version(seen, dispute.version)
    if dispute.status != DisputeState.OPEN:
        raise DisputeOver(dispute_id, dispute.status)
    terms = await terms_of(session, sight.organization_id)
    dispute.status = (DisputeState.UPHELD if upheld else DisputeState.REJECTED).value
    dispute.resolved_on, dispute.resolved_by = terms.today, sight.caller.user_id
    dispute.resolution = note
    dispute.version += 1
    if upheld:
        dispute.waiting_minor, dispute.adjusted_minor = await _to_wait_for(tx, dispute)
    await session.flush()
    if not dispute.waiting_minor:
        await end_pauses(tx, [_ending(dispute)])
    await _note(tx, sight, dispute, dispute.status, note)
    case = await cases.lock(session, sight, dispute.case_id)
    others = select(Dispute.id).where(
        Dispute.case_id == case.id, Dispute.status == DisputeState.OPEN.value
    )
    if case.status == CaseStatus.DISPUTED and await session.scalar(others.limit(1)) is None:
        await walk(session, case, (CaseStatus.IN_CONTACT,), sight.caller)
        await put_back(session, case, sight.caller)
    resolved = DisputeResolved.model_validate({**_facts(dispute), "upheld": upheld})
    await emit(tx, [_said(dispute, resolved)])
    return dispute


async def get(session: AsyncSession, sight: Sight, dispute_id: UUID) -> Dispute:
    """A dispute of a case in sight; NotFound."""
    found = await session.scalar(of_sight(sight).where(Dispute.id == dispute_id))
    if found is None:
        raise NotFound("dispute", dispute_id)
    return found


def of_sight(sight: Sight) -> Select[Dispute]:
    """The disputes of cases in sight."""
    query = select(Dispute).join(Case, Case.id == Dispute.case_id)
    return query.where(sight.condition(), Dispute.organization_id == sight.organization_id)


async def _to_wait_for(tx: Connection, dispute: Dispute) -> tuple[int, int]:
    """What is to be taken off the invoice from now on, and what has been by now."""
    cursor = await tx.execute(ADJUSTED, (dispute.organization_id, dispute.invoice_id))
    row = await cursor.fetchone()
    assert row is not None, "a disputed invoice is a debt"
    return 0 if row["voided"] else dispute.amount_minor, row["adjusted_minor"]


def _pause(dispute: Dispute) -> NewPause:
    return NewPause(
        dispute.organization_id,
        dispute.customer_id,
        PauseKind.DISPUTE,
        dispute.id,
        from_on=dispute.opened_on,
        line_id=dispute.line_id,
        invoice_id=dispute.invoice_id,
        amount_minor=dispute.amount_minor,
    )


def _ending(dispute: Dispute) -> Ending:
    return Ending(dispute.organization_id, dispute.customer_id, PauseKind.DISPUTE, dispute.id)


async def _expect_undisputed(session: AsyncSession, invoice_id: UUID) -> None:
    current = await session.scalar(
        select(Dispute.id).where(
            Dispute.invoice_id == invoice_id, Dispute.status == DisputeState.OPEN.value
        )
    )
    if current is not None:
        raise InvoiceDisputed(invoice_id, current)


async def _note(
    tx: Connection, sight: Sight, dispute: Dispute, what: str, note: str | None
) -> None:
    data = {
        "id": dispute.id,
        "what": what,
        "invoice_id": dispute.invoice_id,
        "amount_minor": dispute.amount_minor,
        "currency": dispute.currency,
    }
    activity = Activity(
        dispute.case_id, dispute.organization_id, ActivityKind.DISPUTE, sight.caller, note, data
    )
    await record(tx, [activity], clock.now())


def _facts(dispute: Dispute) -> dict[str, Any]:
    return {
        "dispute_id": dispute.id,
        "case_id": dispute.case_id,
        "customer_id": dispute.customer_id,
        "line_id": dispute.line_id,
        "invoice_id": dispute.invoice_id,
        "amount_minor": dispute.amount_minor,
        "currency": dispute.currency,
    }


def _said(dispute: Dispute, data: DisputeOpened | DisputeResolved) -> Outgoing:
    return Outgoing(data, dispute.organization_id, dispute.id, dispute.version)
