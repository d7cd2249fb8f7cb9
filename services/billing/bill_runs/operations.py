"""Starting a run, and one page of it.

Locks are taken in one order everywhere: the clock, the run, subscriptions, the number series.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from services.billing.bill_runs import store, subjects
from services.billing.bill_runs.charges import carried_json, charged_json
from services.billing.bill_runs.desk import bill
from services.billing.bill_runs.rules import Bill, PeriodBill, PeriodOutcome, Window
from services.billing.bill_runs.store import Made, Progress, RunState
from services.billing.bill_runs.subjects import Selection
from services.billing.bill_runs.words import Words
from services.billing.clock import store as clock_store
from services.billing.clock.announcements import OpenInvoice, passed_by
from services.billing.clock.rules import Marks
from services.billing.deliveries import store as deliveries
from services.billing.numbering import store as numbering
from services.billing.proration.rules import Subject
from services.billing.terms import store as terms_store
from shared import clock
from shared.contracts.billing import BillRunFinished, InvoiceFacts, InvoicesBilled
from shared.db import Connection
from shared.ids import new_id
from shared.outbox import Outgoing, emit
from shared.tenancy import Organization, load_organization

MOST_PER_PAGE: Final = 1000
FIRST_VERSION: Final = 1


async def start(
    tx: Connection,
    organization: Organization,
    selection: Selection,
    *,
    by: str,
    automatic: bool = False,
) -> UUID | None:
    """Queue a run; None when one of the organization is going on."""
    run_id = new_id()
    facts = selection.names() | {
        "id": run_id,
        "automatic": automatic,
        "currency": organization.currency,
        "expected": await subjects.count(tx, selection),
        "created_by": by,
        "created_at": clock.now(),
    }
    if not await store.start(tx, facts):
        return None
    await tx.execute(store.WAKE)
    return run_id


async def bill_page(
    tx: Connection, organization_id: UUID, run_id: UUID, most: int = MOST_PER_PAGE
) -> tuple[int, bool]:
    """Bill the next subscriptions of a run: how many were examined, and whether it is over.

    The run's place moves in the same transaction, so a page that is cut off never happened, and
    a worker that comes second goes on where the first one was.
    """
    held = await clock_store.hold(tx, [organization_id])
    run = await store.lock(tx, organization_id, run_id)
    if run is None or run.state not in ("queued", "running"):
        return 0, True
    organization = await load_organization(tx, organization_id)
    found, plans, after = await subjects.page(tx, run.selection, run.after, most, lock=True)
    today, words = organization.today(), Words.of(organization.locale)
    window = Window(run.selection.period_from, run.selection.period_to, today)
    bills = [(each, bill(each, plans, window, run.currency, words)) for each in found]
    issued = await _issue(tx, run, organization, bills, held[organization_id].marks)
    await store.record(tx, run, bills, issued.periods)
    over = len(found) < most
    progress = Progress(
        examined=len(found),
        invoices=len(issued.made),
        skipped=len(issued.periods) - len(issued.made),
        failed=sum(made.failure is not None for _, made in bills),
        total_minor=sum(each.totals.total_minor for each in issued.made),
    )
    sums = await store.move(tx, run_id, after, progress, over=over)
    if over:
        await emit(tx, [_finished(run, sums)])
    return len(found), over


async def set_aside(tx: Connection, organization_id: UUID, run_id: UUID, error: Exception) -> None:
    """Go past the next subscription of a run, which cannot be stored, and say why."""
    await clock_store.share(tx, [organization_id])
    run = await store.lock(tx, organization_id, run_id)
    if run is None or run.state not in ("queued", "running"):
        return
    found, _, after = await subjects.page(tx, run.selection, run.after, 1, lock=False)
    for each in found:
        row = {
            "id": each.id,
            "period_start": each.next_start,
            "code": "internal-error",
            "message": repr(error)[:500],
        }
        await store.fail(tx, run, [row])
        await store.move(tx, run_id, after, Progress(examined=1, failed=1), over=False)


@dataclass(slots=True)
class _Issued:
    """The invoices of a page, and its periods as they are stored."""

    made: list[Made] = field(default_factory=list)
    periods: list[dict[str, Any]] = field(default_factory=list)


async def _issue(
    tx: Connection,
    run: RunState,
    organization: Organization,
    bills: Sequence[tuple[Subject, Bill]],
    marks: Marks,
) -> _Issued:
    """Issue the invoices of a page under one range of numbers; those come last, for their lock."""
    issued, today = _Issued(), organization.today()
    asked: list[tuple[Subject, PeriodBill, UUID]] = []
    for subject, made in bills:
        for period in made.periods:
            invoice_id = None
            if period.outcome is PeriodOutcome.BILLED:
                invoice_id = new_id()
                asked.append((subject, period, invoice_id))
            issued.periods.append(_period(subject, period, invoice_id))
    if not asked:
        return issued
    terms = (await terms_store.load(tx, [organization.id]))[organization.id]
    due_on = today + timedelta(days=terms.due_days)
    numbers = (await numbering.take_ranges(tx, {organization.id: len(asked)}))[organization.id]
    issued.made = [
        Made(invoice_id, subject, number, period.items, period.sums)
        for (subject, period, invoice_id), number in zip(asked, numbers, strict=True)
    ]
    await store.issue(tx, run, issued.made, today, due_on)
    if terms.deliver_bill_runs:
        ids = [each.id for each in issued.made]
        await deliveries.ask(tx, organization.id, ids, again=False)
    await emit(tx, _announced(run, issued.made, marks, today, due_on))
    return issued


def _period(subject: Subject, period: PeriodBill, invoice_id: UUID | None) -> dict[str, Any]:
    return {
        "id": new_id(),
        "subscription_id": subject.id,
        "period_start": period.start,
        "period_end": period.end,
        "outcome": period.outcome,
        "invoice_id": invoice_id,
        "total": period.sums.total_minor if invoice_id else 0,
        "charges": charged_json(period.charged),
        "carried": carried_json(period.carried),
        "setup": period.setup,
    }


def _announced(
    run: RunState, made: Sequence[Made], marks: Marks, today: date, due_on: date
) -> list[Outgoing]:
    """The invoices of a page in one event, and those of them the clock has passed."""
    organization_id = run.selection.organization_id
    facts = tuple(
        InvoiceFacts(
            invoice_id=each.id,
            customer_id=each.subject.customer_id,
            line_id=each.subject.line_id,
            version=FIRST_VERSION,
            number=each.number.text,
            currency=run.currency,
            total_minor=each.totals.total_minor,
            issued_on=today,
            due_on=due_on,
        )
        for each in made
    )
    billed = Outgoing(InvoicesBilled(bill_run_id=run.id, invoices=facts), organization_id, run.id)
    opened = (
        OpenInvoice(
            organization_id=organization_id,
            invoice_id=each.id,
            customer_id=each.subject.customer_id,
            line_id=each.subject.line_id,
            number=each.number.text,
            currency=run.currency,
            open_minor=each.totals.total_minor,
            due_on=due_on,
        )
        for each in made
    )
    return [billed, *passed_by(marks, today, opened)]


def _finished(run: RunState, sums: dict[str, Any]) -> Outgoing:
    facts = BillRunFinished(
        bill_run_id=run.id,
        period_from=run.selection.period_from,
        period_to=run.selection.period_to,
        invoices=sums["invoices"],
        failed=sums["failed"],
        total_minor=sums["total_minor"],
        currency=run.currency,
    )
    return Outgoing(facts, run.selection.organization_id, run.id)


async def start_daily(tx: Connection, organization_id: UUID) -> bool:
    """Start an organization's run of its day, if there is anything to bill."""
    organization = await load_organization(tx, organization_id)
    today = organization.today()
    first = await store.first_due(tx, organization_id, today)
    started = True
    if first is not None:
        selection = Selection(organization_id, first, today)
        run_id = await start(tx, organization, selection, by="daily run", automatic=True)
        started = run_id is not None
    if started:
        await store.billed_through(tx, organization_id, today)
    return started and first is not None
