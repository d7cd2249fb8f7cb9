"""Carries what-ifs out: a page of customers at a time, each in a transaction with its place.

The past is read set-based; the rules run in a thread, so that the worker's other duties go on.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

import structlog

from services.collections.debts.debt import Debt
from services.collections.debts.facts import VOIDED
from services.collections.decisions.rules import About
from services.collections.pauses.rules import Pause, PauseKind
from services.collections.policies.document import DunningDocument, StageKind, SuspendScope
from services.collections.policies.rules import Policy, compile_policy
from services.collections.whatif import store
from services.collections.whatif.rules import (
    REMIND,
    SUSPEND,
    Past,
    Whose,
    compared,
    replayed,
    settled_over_time,
)
from services.collections.whatif.store import Progress
from shared.bus.apply import is_conflict, is_outage
from shared.db import Connection, Database
from shared.tenancy import load_organization
from shared.timers import every

log = structlog.get_logger(__name__)

PAGE: Final = 500
Kinds = dict[tuple[int, str], str]


@dataclass(slots=True)
class Page:
    """The past of a page of customers, by whose it is."""

    pasts: dict[Whose, list[Past]] = field(default_factory=lambda: defaultdict(list))
    abouts: dict[Whose, About] = field(default_factory=dict)
    pauses: dict[UUID, list[Pause]] = field(default_factory=lambda: defaultdict(list))
    did: dict[Whose, list[tuple[str, date]]] = field(default_factory=lambda: defaultdict(list))


@every(seconds=2.0)
async def run_what_ifs(db: Database) -> int:
    """Go on with what-ifs until none is left; how many pages that were."""
    pages = 0
    while True:
        found: Progress | None = None
        try:
            async with db.transaction(None) as tx:
                found = await store.lock_next(tx)
                if found is None:
                    return pages
                await _step(tx, found)
                pages += 1
        except Exception as error:
            if found is None or is_outage(error) or is_conflict(error):
                raise
            log.exception("what-if-failed", what_if_id=str(found.id))
            async with db.transaction(None) as tx:
                await store.fail(tx, found.id, f"{type(error).__name__}: {error}")


async def _step(tx: Connection, found: Progress) -> None:
    if found.status == "pending":
        await store.start(tx, found)
    customers = await store.customers_after(tx, found, PAGE)
    if not customers:
        await store.finish(tx, found)
        return
    organization = await load_organization(tx, found.organization_id)
    document = DunningDocument.model_validate_json(found.document)
    policy = compile_policy(document, 0, organization.currency, organization.country)
    page = await _read(tx, found, policy, customers)
    steps = await asyncio.to_thread(_compare, page, policy, found)
    await store.keep(tx, found, steps, customers)


def _compare(page: Page, policy: Policy, found: Progress) -> list[tuple[Any, ...]]:
    """The steps of everybody on a page, as rows."""
    rows: list[tuple[Any, ...]] = []
    for whose in {**page.pasts, **page.did}:
        would = replayed(
            page.pasts.get(whose, []),
            policy,
            page.abouts.get(whose, About()),
            page.pauses.get(whose.customer_id, []),
            found.from_on,
            found.to_on,
        )
        places: dict[str, int] = defaultdict(int)
        for each in compared(would, page.did.get(whose, [])):
            subject_id = whose.line_id or whose.customer_id
            place = places[each.kind]
            places[each.kind] += 1
            rows.append(
                (
                    whose.customer_id,
                    subject_id,
                    whose.line_id,
                    each.kind,
                    place,
                    each.would_on,
                    each.did_on,
                    each.stage,
                    each.amount_minor,
                )
            )
    return rows


async def _read(tx: Connection, found: Progress, policy: Policy, customers: list[UUID]) -> Page:
    """The past of customers, in a constant number of statements."""
    page, by_line = Page(), policy.suspend_scope is SuspendScope.LINE
    asked = store.ids(customers)

    def whose(customer_id: UUID, line_id: UUID | None) -> Whose:
        return Whose(customer_id, line_id if by_line else None)

    facts = {row[0]: row[1:] for row in await store.rows(tx, store.FACTS, asked)}
    lines = await store.rows(tx, store.LINES, found.organization_id, asked)
    _know(page, lines, facts, by_line=by_line)
    await _read_debts(tx, found, page, asked, by_line=by_line)
    for customer_id, id_, kind, *rest in await store.rows(tx, store.PAUSES, asked):
        page.pauses[customer_id].append(Pause(id_, PauseKind(kind), *rest))
    kinds = await _stage_kinds(tx, found.organization_id)
    line_ids = store.ids([row[0] for row in lines])
    period = (found.from_on, found.to_on)
    for customer_id, line_id, today, outcome, stages, version in await store.rows(
        tx, store.DID, line_ids, asked, found.organization_id, *period
    ):
        did = page.did[whose(customer_id, line_id)]
        if outcome == SUSPEND:
            did.append((SUSPEND, today))
        named = (kinds.get((version, code)) for code in stages or ())
        did += [(kind, today) for kind in named if kind is not None]
    parameters = (found.organization_id, asked, *period)
    for customer_id, line_id, on in await store.rows(tx, store.REMINDED, *parameters):
        page.did[whose(customer_id, line_id)].append((REMIND, on))
    return page


def _know(
    page: Page, lines: list[tuple[Any, ...]], facts: dict[UUID, tuple[Any, ...]], *, by_line: bool
) -> None:
    """What conditions may ask of lines and customers, as it is today.

    What is owed for no line has no line to cut; what is asked of one is asked of all lines.
    """
    for customer_id, (tags, area) in facts.items():
        key = Whose(customer_id, None)
        page.abouts[key] = About(without_line=True, tags=frozenset(tags or ()), area=area)
    for line_id, customer_id, plan, installed_on, essential in lines:
        plans = frozenset({plan} if plan else ())
        known = page.abouts.get(Whose(customer_id, None), About())
        dates = [day for day in (known.installed_on, installed_on) if day is not None]
        page.abouts[Whose(customer_id, None)] = replace(
            known,
            without_line=by_line,
            plans=known.plans | plans,
            installed_on=min(dates, default=None),
        )
        if by_line:
            page.abouts[Whose(customer_id, line_id)] = About(
                essential=bool(essential),
                tags=known.tags,
                plans=plans,
                area=known.area,
                installed_on=installed_on,
            )


async def _read_debts(
    tx: Connection, found: Progress, page: Page, asked: str, *, by_line: bool
) -> None:
    debts = await store.rows(tx, store.DEBTS, asked, found.organization_id, found.to_on)
    changes: dict[UUID, list[tuple[str, date, int, int]]] = defaultdict(list)
    gone: dict[UUID, date] = {}
    invoices = store.ids([row[1] for row in debts])
    for invoice_id, kind, day, version, settled in await store.rows(tx, store.CHANGES, invoices):
        if kind == VOIDED:
            gone[invoice_id] = day
        else:
            changes[invoice_id].append((kind, day, version, settled))
    for customer_id, invoice_id, number, currency, total, due_on, line_id, is_fee, issued in debts:
        debt = Debt(invoice_id, number or "", currency, total, due_on, line_id, is_fee)
        page.pasts[Whose(customer_id, line_id if by_line else None)].append(
            Past(debt, issued, settled_over_time(changes[invoice_id]), gone.get(invoice_id))
        )


async def _stage_kinds(tx: Connection, organization_id: UUID) -> Kinds:
    """The kinds of the stages of all versions there were, by version and code."""
    found: Kinds = {}
    statement = "SELECT version, document FROM policy WHERE organization_id = %s"
    for version, document in await store.rows(tx, statement, organization_id):
        written = document or {"stages": []}
        lists = [written["stages"]]
        lists += [each["overrides"].get("stages") or [] for each in written.get("segments") or ()]
        for stage in (stage for stages in lists for stage in stages):
            kind = StageKind(stage["kind"])
            if kind not in (StageKind.SUSPEND, StageKind.RESTRICT):
                found[version, stage["code"]] = kind.value
    return found
