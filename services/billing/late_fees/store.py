"""The SQL of late fees: a handful of statements, however many are charged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.fees.operations import Fee
from services.billing.late_fees.model import LateFeeRule
from services.billing.late_fees.rules import ChargeBy, Late, Period, Rule
from shared import clock
from shared.db import Connection, json_rows
from shared.problems import NotFound

LATE: Final = (
    "id, organization_id, customer_id, line_id, number, document, kind, currency, open_minor,"
    " due_on"
)
# In the order of ids, so that two batches cannot deadlock.
LOCK: Final = f"SELECT {LATE} FROM invoice WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
RULE: Final = (
    "id, code, name, charge, currency, amount_minor, rate, cap_minor, tax_rate, period, due_days,"
    " active"
)
# Of the rules with one code the active one, or else the latest.
RULES: Final = f"""
SELECT DISTINCT ON (organization_id, code) organization_id, {RULE} FROM late_fee_rule
WHERE (organization_id, code) IN (SELECT * FROM unnest(%s::uuid[], %s::text[]))
ORDER BY organization_id, code, active DESC, id DESC
"""
CHARGED: Final = """
SELECT invoice_id, rule, period, fee_invoice_id FROM late_fee WHERE invoice_id = ANY(%s)
"""
USED: Final = "SELECT 1 FROM late_fee WHERE rule_id = %s LIMIT 1"
KEEP: Final = """
INSERT INTO late_fee (organization_id, invoice_id, rule, rule_id, period, fee_invoice_id,
    base_minor, decision_id, charged_at)
SELECT r.*, %s FROM json_to_recordset(%s::json) AS r(
    organization_id uuid, invoice_id uuid, rule text, rule_id uuid, period text,
    fee_invoice_id uuid, base_minor bigint, decision_id uuid)
"""

Key = tuple[UUID, str, str]
"""The invoice, the rule's code and the period: what is charged once."""


@dataclass(frozen=True, slots=True)
class LateFee:
    """A fee, and what it is charged for."""

    invoice: Fee
    late: Late
    rule: Rule
    period: str
    decision_id: UUID | None


async def lock(tx: Connection, ids: Iterable[UUID]) -> dict[UUID, Late]:
    """Lock the invoices that exist; the caller holds the clocks of their organizations."""
    cursor = await tx.execute(LOCK, (list(set(ids)),))
    return {row["id"]: Late(**row) for row in await cursor.fetchall()}


async def rules(tx: Connection, wanted: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], Rule]:
    """The rules in force, by organization and code."""
    pairs = sorted(set(wanted))
    cursor = await tx.execute(RULES, ([one for one, _ in pairs], [code for _, code in pairs]))
    return {
        (row.pop("organization_id"), row["code"]): _rule(row) for row in await cursor.fetchall()
    }


def _rule(row: dict[str, Any]) -> Rule:
    return Rule(**(row | {"charge": ChargeBy(row["charge"]), "period": Period(row["period"])}))


async def charged(tx: Connection, ids: Iterable[UUID]) -> dict[Key, UUID]:
    """The fees that invoices have been charged."""
    cursor = await tx.execute(CHARGED, (list(set(ids)),))
    return {
        (row["invoice_id"], row["rule"], row["period"]): row["fee_invoice_id"]
        for row in await cursor.fetchall()
    }


async def used(tx: Connection, rule_id: UUID) -> bool:
    """Whether a rule has charged anything."""
    return await (await tx.execute(USED, (rule_id,))).fetchone() is not None


async def keep(tx: Connection, charged: Sequence[LateFee]) -> None:
    """Remember what fees that have become invoices were charged for."""
    rows = [
        {
            "organization_id": each.late.organization_id,
            "invoice_id": each.late.id,
            "rule": each.rule.code,
            "rule_id": each.rule.id,
            "period": each.period,
            "fee_invoice_id": each.invoice.id,
            "base_minor": each.late.open_minor,
            "decision_id": each.decision_id,
        }
        for each in charged
    ]
    await tx.execute(KEEP, (clock.now(), json_rows(rows)))


async def read(
    session: AsyncSession, organization_id: UUID, rule_id: UUID, *, lock: bool = False
) -> LateFeeRule:
    """A rule, to be changed when `lock`; raises NotFound."""
    query = listing(organization_id).where(LateFeeRule.id == rule_id)
    rule = (await session.scalars(query.with_for_update() if lock else query)).one_or_none()
    if rule is None:
        raise NotFound("late-fee rule", rule_id)
    return rule


async def code_taken(
    session: AsyncSession, organization_id: UUID, code: str, but: UUID | None = None
) -> bool:
    """Whether another active rule has the code."""
    query = listing(organization_id).where(LateFeeRule.code == code, LateFeeRule.active)
    return any(rule.id != but for rule in (await session.scalars(query)).all())


def listing(organization_id: UUID) -> Select[LateFeeRule]:
    """The rules of an organization."""
    return select(LateFeeRule).where(LateFeeRule.organization_id == organization_id)
