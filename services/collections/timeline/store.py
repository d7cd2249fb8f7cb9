"""Reading and feeding the timeline.

One order for what is kept in several tables: every id is a UUIDv7, so ids are in order of
time whatever they are ids of, and a page is read from the end of each table's index.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    and_,
    cast,
    column,
    func,
    literal,
    null,
    or_,
    select,
    table,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Uuid

from services.collections.activities.model import Activity
from services.collections.activities.rules import ActivityKind
from services.collections.arrays import pg_columns
from services.collections.cases.model import Case, CaseStage
from services.collections.decisions.model import Decision
from services.collections.lines.model import Line
from services.collections.reminders.model import Reminder
from shared.db import Connection
from shared.pages import PageRequest, paginate

BEFORE_OPENING: Final = timedelta(minutes=1)
"""The decision by which a case opened was recorded in the same moment, or just before."""

DEBT: Final = table("debt", column("invoice_id"), column("customer_id"), column("line_id"))

# One probe of uq_dunning_case_episode each; a payment is written before it can cure the case.
PAYMENTS: Final = """
INSERT INTO activity (case_id, id, organization_id, kind, at, data)
SELECT c.id, duesline_uuid7(), c.organization_id, 'payment', paid.at,
       json_build_object('payment_id', paid.payment_id, 'invoice_id', paid.invoice_id,
                         'amount_minor', paid.amount_minor, 'currency', paid.currency,
                         'received_on', paid.received_on)
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[],
            %s::date[], %s::timestamptz[]) WITH ORDINALITY
     AS paid (organization_id, customer_id, line_id, payment_id, invoice_id, amount_minor,
              currency, received_on, at, place)
CROSS JOIN LATERAL (
    SELECT id, organization_id, line_id FROM dunning_case
    WHERE dunning_case.organization_id = paid.organization_id
      AND dunning_case.customer_id = paid.customer_id AND cured_on IS NULL OFFSET 0) AS c
WHERE c.line_id IS NULL OR c.line_id = paid.line_id
ORDER BY paid.place
"""


class Paid(NamedTuple):
    """Money put against an invoice, or (a negative amount) taken back from it."""

    organization_id: UUID
    customer_id: UUID
    line_id: UUID | None
    payment_id: UUID
    invoice_id: UUID
    amount_minor: int
    currency: str
    received_on: str
    at: str


async def record_payments(tx: Connection, paid: Sequence[Paid]) -> None:
    """Put money on the timelines of the cases it is for."""
    if paid:
        await tx.execute(PAYMENTS, pg_columns(paid))


async def page(
    session: AsyncSession, case: Case, paging: PageRequest, kinds: Sequence[ActivityKind] | None
) -> tuple[list[Row[Any]], str | None]:
    """A page of everything that happened on a case, the latest first."""
    everything = union_all(*_branches(case)).subquery("timeline")
    query = select(everything)
    if kinds:
        query = query.where(everything.c.kind.in_([kind.value for kind in kinds]))
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={"at": everything.c.id},
        default="-at",
        key=everything.c.id,
    )
    return list(rows), following


def _branches(case: Case) -> list[Select[Any]]:
    activity = select(
        Activity.id.label("id"),
        Activity.kind.label("kind"),
        Activity.at.label("at"),
        Activity.actor_id.label("actor_id"),
        Activity.actor_name.label("actor_name"),
        Activity.note.label("note"),
        cast(Activity.data, JSON).label("data"),
    ).where(Activity.case_id == case.id)
    stage = select(
        CaseStage.id,
        literal(ActivityKind.STAGE.value),
        CaseStage.reached_at,
        *_nobody(),
        func.json_build_object(
            "stage", CaseStage.stage, "kind", CaseStage.kind, "decision_id", CaseStage.decision_id
        ),
    ).where(CaseStage.case_id == case.id)
    decision = select(
        Decision.id,
        literal(ActivityKind.DECISION.value),
        Decision.decided_at,
        *_nobody(),
        func.json_build_object(
            "outcome", Decision.outcome, "line_id", Decision.line_id, "cause", Decision.cause_type
        ),
    ).where(
        Decision.organization_id == case.organization_id,
        _of_lines(case),
        Decision.decided_at >= case.opened_at - BEFORE_OPENING,
    )
    if case.cured_on is not None and case.closed_at is not None:
        decision = decision.where(Decision.decided_at <= case.closed_at + BEFORE_OPENING)
    return [activity, stage, decision, _reminders(case)]


def _reminders(case: Case) -> Select[Any]:
    """The reminders sent while the episode lasted: ids tell when, as clocks may differ."""
    reminder = select(
        Reminder.id,
        literal(ActivityKind.REMINDER.value),
        Reminder.created_at,
        *_nobody(),
        func.json_build_object(
            "kind", Reminder.kind, "invoice_id", Reminder.invoice_id, "number", Reminder.number
        ),
    ).where(
        Reminder.organization_id == case.organization_id,
        Reminder.customer_id == case.customer_id,
        Reminder.id > case.id,
    )
    if case.line_id is not None:
        of_line = select(DEBT.c.invoice_id).where(
            DEBT.c.customer_id == case.customer_id, DEBT.c.line_id == case.line_id
        )
        reminder = reminder.where(Reminder.invoice_id.in_(of_line))
    if case.cured_on is not None and case.closed_at is not None:
        reminder = reminder.where(Reminder.id < _first_id(case.closed_at + BEFORE_OPENING))
    return reminder


def _first_id(instant: datetime) -> UUID:
    """The least UUIDv7 of an instant."""
    return UUID(int=int(instant.timestamp() * 1000) << 80)


def _nobody() -> tuple[ColumnElement[Any], ...]:
    return cast(null(), Uuid), cast(null(), String), cast(null(), String)


def _of_lines(case: Case) -> ColumnElement[bool]:
    if case.line_id is not None:
        return Decision.line_id == case.line_id
    lines = select(Line.line_id).where(
        Line.organization_id == case.organization_id, Line.customer_id == case.customer_id
    )
    without_line = and_(Decision.line_id.is_(None), Decision.customer_id == case.customer_id)
    return or_(Decision.line_id.in_(lines), without_line)
