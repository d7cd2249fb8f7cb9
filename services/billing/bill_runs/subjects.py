"""The facts that decide what subscriptions are charged, read for many at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.billing.bill_runs.charges import charged_of
from services.billing.plans import store as plans_store
from services.billing.plans.rules import PlanTerms, SuspendedRule
from services.billing.proration.rules import Again, Billed, Subject, Suspension
from services.billing.subscriptions import store as subscriptions_store
from services.billing.subscriptions.handlers import change_of
from services.billing.subscriptions.rules import Change, SubscriptionStatus, Terms, add_months
from shared.db import Connection, json_rows

COLUMNS: Final = """
s.id, s.customer_id, s.line_id, s.plan_id, s.quantity, s.price_override_minor, s.status,
s.starts_on, s.anchor_on, s.next_start, s.bills_on, s.look_back_from, s.again_on, s.setup_due,
s.changes, c.active, l.status AS line_status, l.installed_on
"""
SOURCE: Final = """
FROM subscription AS s JOIN customer AS c ON c.id = s.customer_id
LEFT JOIN line AS l ON l.id = s.line_id
"""
# A line that is not installed yet waits: its periods are looked at when it is.
SELECTED: Final = """
WHERE s.organization_id = %(organization_id)s
  AND s.bills_on BETWEEN %(period_from)s AND %(period_to)s
  AND (%(plan_ids)s::uuid[] IS NULL OR s.plan_id = ANY(%(plan_ids)s))
  AND (%(customer_id)s::uuid IS NULL OR s.customer_id = %(customer_id)s)
  AND l.status IS DISTINCT FROM 'not_installed'
"""
# In the order of ix_subscription_bills_on. A subscription that is billed moves on beyond the
# run's last day, so a page never meets one again.
PAGE: Final = f"""
SELECT {COLUMNS} {SOURCE} {SELECTED}
  AND (s.bills_on, s.id) > (%(after_on)s::date, %(after_id)s::uuid)
ORDER BY s.bills_on, s.id LIMIT %(most)s
"""
COUNT: Final = f"SELECT count(*) AS n {SOURCE} {SELECTED}"
ONE: Final = f"SELECT {COLUMNS} {SOURCE} WHERE s.organization_id = %s AND s.id = %s"
SUSPENSIONS: Final = """
SELECT line_id, status, since FROM line_status WHERE line_id = ANY(%s) ORDER BY line_id, version
"""
BILLED: Final = """
SELECT p.subscription_id, p.period_start, p.period_end, p.charges
FROM json_to_recordset(%s::json) AS r(id uuid, since date)
JOIN subscription_period AS p ON p.subscription_id = r.id AND p.period_end > r.since
WHERE p.outcome NOT IN ('skipped', 'voided') AND p.period_end > p.period_start
ORDER BY p.subscription_id, p.period_start
"""
AGAIN: Final = """
SELECT subscription_id, period_start, again_on FROM subscription_period
WHERE subscription_id = ANY(%s) AND again_on IS NOT NULL ORDER BY again_on, period_start
"""
PERIODS_BACK: Final = 2
"""How many billed periods are looked at again for suspensions that became known later."""

Plans = dict[UUID, PlanTerms]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which subscriptions a run is about."""

    organization_id: UUID
    period_from: date
    period_to: date
    plan_ids: Sequence[UUID] | None = None
    customer_id: UUID | None = None

    def names(self) -> dict[str, Any]:
        """The selection as parameters."""
        return {
            "organization_id": self.organization_id,
            "period_from": self.period_from,
            "period_to": self.period_to,
            "plan_ids": None if self.plan_ids is None else list(self.plan_ids),
            "customer_id": self.customer_id,
        }


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the order of subscriptions to bill."""

    on: date
    id: UUID


FIRST: Final = Place(date.min, UUID(int=0))


async def count(tx: Connection, selection: Selection) -> int:
    """How many subscriptions there are to bill."""
    row = await (await tx.execute(COUNT, selection.names())).fetchone()
    return row["n"] if row else 0


async def page(
    tx: Connection, selection: Selection, after: Place, most: int, *, lock: bool
) -> tuple[list[Subject], Plans, Place]:
    """The next subscriptions, locked when asked, the plans they have, and the place of the last."""
    names = selection.names() | {"after_on": after.on, "after_id": after.id, "most": most}
    cursor = await tx.execute(PAGE + (" FOR UPDATE OF s" if lock else ""), names)
    rows = await cursor.fetchall()
    subjects, plans = await _subjects(tx, selection.organization_id, rows)
    return subjects, plans, Place(rows[-1]["bills_on"], rows[-1]["id"]) if rows else after


async def one(
    tx: Connection, organization_id: UUID, subscription_id: UUID, *, lock: bool = False
) -> tuple[Subject | None, Plans]:
    """One subscription, whether or not it is to be billed, locked when asked, and its plans."""
    query = ONE + (" FOR UPDATE OF s" if lock else "")
    rows = await (await tx.execute(query, (organization_id, subscription_id))).fetchall()
    subjects, plans = await _subjects(tx, organization_id, rows)
    return (subjects[0] if subjects else None), plans


async def _subjects(
    tx: Connection, organization_id: UUID, rows: Sequence[Mapping[str, Any]]
) -> tuple[list[Subject], Plans]:
    """A constant number of statements; those for what is rare only when there is any."""
    histories = await subscriptions_store.timelines(
        tx, [row["id"] for row in rows if row["changes"] > 1]
    )
    timelines = {row["id"]: _timeline(row, histories) for row in rows}
    used = {change.terms.plan_id for changes in timelines.values() for change in changes}
    plans = await plans_store.terms(tx, organization_id, used)
    minding = {plan.id for plan in plans.values() if plan.suspended_rule is not SuspendedRule.BILL}
    lines = [row["line_id"] for row in rows if row["line_id"] and minding & _plans(timelines, row)]
    suspensions = await _suspensions(tx, lines)
    looking_back = [
        {"id": row["id"], "since": since}
        for row in rows
        if (since := _since(row, suspensions, plans)) is not None
    ]
    billed = await _billed(tx, looking_back)
    again = await _again(tx, [row["id"] for row in rows if row["again_on"] is not None])
    return [_subject(row, timelines, suspensions, billed, again) for row in rows], plans


def _plans(timelines: Mapping[UUID, Sequence[Change]], row: Mapping[str, Any]) -> set[UUID]:
    return {change.terms.plan_id for change in timelines[row["id"]]}


def _timeline(
    row: Mapping[str, Any], histories: Mapping[UUID, Sequence[Mapping[str, Any]]]
) -> tuple[Change, ...]:
    history = histories.get(row["id"])
    if history is not None:
        return tuple(map(change_of, history))
    terms = Terms(
        SubscriptionStatus(row["status"]),
        row["plan_id"],
        row["quantity"],
        row["price_override_minor"],
    )
    return (Change(row["starts_on"], terms),)


def _since(row: Mapping[str, Any], suspensions: Mapping[UUID, object], plans: Plans) -> date | None:
    """From which day on what was billed is to be looked at again; None for not at all."""
    since: date | None = row["look_back_from"]
    if row["line_id"] in suspensions:
        months = plans[row["plan_id"]].interval.months * PERIODS_BACK
        back = add_months(row["next_start"], -months)
        since = back if since is None else min(since, back)
    return since


async def _suspensions(
    tx: Connection, line_ids: Sequence[UUID]
) -> dict[UUID, tuple[Suspension, ...]]:
    """The days on which lines were suspended, where there are any."""
    found: dict[UUID, list[Suspension]] = {}
    if not line_ids:
        return {}
    rows = await (await tx.execute(SUSPENSIONS, (list(line_ids),))).fetchall()
    for row in rows:
        mine = found.setdefault(row["line_id"], [])
        is_open = bool(mine) and mine[-1].end is None
        if row["status"] == "suspended":
            if not is_open:
                mine.append(Suspension(row["since"], None))
        elif is_open:
            mine[-1] = Suspension(mine[-1].start, row["since"])
    return {line_id: tuple(mine) for line_id, mine in found.items() if mine}


async def _billed(
    tx: Connection, looking_back: Iterable[Mapping[str, Any]]
) -> dict[UUID, list[Billed]]:
    wanted, found = list(looking_back), dict[UUID, list[Billed]]()
    if not wanted:
        return found
    for row in await (await tx.execute(BILLED, (json_rows(wanted),))).fetchall():
        billed = Billed(row["period_start"], row["period_end"], charged_of(row["charges"]))
        found.setdefault(row["subscription_id"], []).append(billed)
    return found


async def _again(tx: Connection, ids: Sequence[UUID]) -> dict[UUID, list[Again]]:
    """The periods that lost their invoices, where there are any."""
    found: dict[UUID, list[Again]] = {}
    if ids:
        for row in await (await tx.execute(AGAIN, (list(ids),))).fetchall():
            mine = found.setdefault(row["subscription_id"], [])
            mine.append(Again(row["period_start"], row["again_on"]))
    return found


def _subject(
    row: Mapping[str, Any],
    timelines: Mapping[UUID, tuple[Change, ...]],
    suspensions: Mapping[UUID, tuple[Suspension, ...]],
    billed: Mapping[UUID, Sequence[Billed]],
    again: Mapping[UUID, Sequence[Again]],
) -> Subject:
    line_gone = row["line_status"] == "cancelled" and row["status"] != SubscriptionStatus.CANCELLED
    return Subject(
        id=row["id"],
        customer_id=row["customer_id"],
        line_id=row["line_id"],
        anchor_on=row["anchor_on"],
        next_start=row["next_start"],
        setup_due=row["setup_due"],
        timeline=timelines[row["id"]],
        served=row["active"] and not line_gone,
        installed_on=row["installed_on"],
        suspensions=suspensions.get(row["line_id"], ()),
        billed=tuple(billed.get(row["id"], ())),
        again=tuple(again.get(row["id"], ())),
        look_back_from=row["look_back_from"],
    )
