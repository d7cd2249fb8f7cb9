"""A period whose invoice is voided: to be billed once more, by the next run that comes by."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.billing.bill_runs import store, subjects
from services.billing.bill_runs.charges import carried_of, charged_of
from services.billing.bill_runs.problems import PeriodMadeGoodLater
from services.billing.bill_runs.rules import Carried
from services.billing.bill_runs.subjects import Plans
from services.billing.proration.rules import Billed, Charged, Subject
from services.billing.subscriptions.rules import bills_on, end_of
from shared import clock
from shared.db import Connection

PERIOD: Final = """
SELECT id, subscription_id, period_start, period_end, carried, setup FROM subscription_period
WHERE invoice_id = %s AND organization_id = %s
"""
LATER: Final = """
SELECT invoice_id FROM subscription_period
WHERE subscription_id = %s AND outcome <> 'voided' AND jsonb_exists(carried, %s)
ORDER BY period_start DESC LIMIT 1
"""
VOID: Final = """
UPDATE subscription_period SET outcome = 'voided', again_on = %s WHERE id = %s
"""
EARLIER: Final = """
SELECT period_start, period_end, charges FROM subscription_period
WHERE subscription_id = %s AND period_start = ANY(%s) AND outcome <> 'voided'
  AND period_end > period_start
"""
REOPEN: Final = """
UPDATE subscription SET bills_on = %(bills_on)s, again_on = %(again_on)s,
    look_back_from = %(look_back_from)s, credit_on = coalesce(%(credit_on)s, credit_on),
    setup_due = setup_due OR %(setup)s, updated_at = %(now)s
WHERE id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A period that an invoice billed, and its subscription, which is locked."""

    period_id: UUID
    invoice_id: UUID
    start: date
    end: date
    carried: Carried
    setup: bool
    subject: Subject
    plans: Plans


async def hold(tx: Connection, organization_id: UUID, invoice_id: UUID) -> Held | None:
    """What an invoice billed, if a run made it; to be called before the invoice is locked.

    Raises PeriodMadeGoodLater.
    """
    row = await (await tx.execute(PERIOD, (invoice_id, organization_id))).fetchone()
    if row is None:
        return None
    subscription_id, start = row["subscription_id"], row["period_start"]
    subject, plans = await subjects.one(tx, organization_id, subscription_id, lock=True)
    assert subject is not None
    later = await (await tx.execute(LATER, (subscription_id, str(start)))).fetchone()
    if later is not None:
        raise PeriodMadeGoodLater(invoice_id, later["invoice_id"])
    carried = carried_of(row["carried"])
    end, setup = row["period_end"], row["setup"]
    return Held(row["id"], invoice_id, start, end, carried, setup, subject, plans)


async def unbill(tx: Connection, held: Held) -> None:
    """Let the next run bill the period again, and make good again what its invoice carried."""
    subject = held.subject
    on = _again_on(held)
    await tx.execute(VOID, (on, held.period_id))
    await _open_again(tx, held)
    waiting = [each.on for each in subject.again] + ([] if on is None else [on])
    again_on = min(waiting, default=None)
    days = [*held.carried, *([subject.look_back_from] if subject.look_back_from else [])]
    look_back = min(days, default=None)
    names = {
        "id": subject.id,
        "bills_on": bills_on(
            subject.next_start,
            subject.anchor_on,
            subject.timeline,
            held.plans,
            looks_back=look_back is not None,
            again_on=again_on,
        ),
        "again_on": again_on,
        "look_back_from": look_back,
        "credit_on": None if look_back is None else end_of(subject.timeline),
        "setup": held.setup,
        "now": clock.now(),
    }
    await tx.execute(REOPEN, names)


def _again_on(held: Held) -> date | None:
    """When the period was to be billed; None for a last bill, which has no days of its own."""
    if held.start == held.end:
        return None
    subject = held.subject
    on = bills_on(held.start, subject.anchor_on, subject.timeline, held.plans, looks_back=False)
    return on or held.start


async def _open_again(tx: Connection, held: Held) -> None:
    """Take back what the invoice made good of earlier periods."""
    if not held.carried:
        return
    names = (held.subject.id, list(held.carried))
    rows = await (await tx.execute(EARLIER, names)).fetchall()
    amended = [(held.subject.id, _without(row, held.carried[row["period_start"]])) for row in rows]
    await store.amend(tx, amended)


def _without(row: Mapping[str, Any], carried: Mapping[UUID, int]) -> Billed:
    charged: dict[UUID, Charged] = charged_of(row["charges"])
    for plan_id, amount in carried.items():
        known = charged[plan_id]
        charged[plan_id] = replace(known, amount_minor=known.amount_minor - amount)
    return Billed(row["period_start"], row["period_end"], charged)
