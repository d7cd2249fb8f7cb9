"""Making agreements, judging them by the money, and ending them.

Everything here holds the customers first (services.collections.enforcement.locks), then locks
agreements, and cases last: pausing judges the customer, which may give cases to collectors,
and those are locked before cases.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.activities.rules import ActivityKind
from services.collections.activities.store import Activity, record
from services.collections.agreements import facts, store
from services.collections.agreements.model import Agreement, InstalmentRow
from services.collections.agreements.pauses import ending_of, pause_of
from services.collections.agreements.problems import AgreementOpen, AgreementOver, NothingOwed
from services.collections.agreements.rules import (
    AgreementKind,
    AgreementStatus,
    Instalment,
    Judgement,
    judge,
    plan_debt_is_gone,
    received,
)
from services.collections.agreements.store import Held, Left
from services.collections.cases import store as cases
from services.collections.cases.desk import bring
from services.collections.cases.model import Case
from services.collections.cases.problems import CaseClosed
from services.collections.cases.rules import WHEN_BROKEN, CaseStatus
from services.collections.cases.sight import Sight
from services.collections.enforcement.locks import Customers, hold
from services.collections.pauses.operations import end_pauses, put_pauses
from services.collections.pauses.rules import PauseKind
from services.collections.pauses.store import Ending, NewPause
from services.collections.policies.store import Terms
from services.collections.status.operations import terms_of
from shared import clock
from shared.auth import Principal
from shared.db import Connection, raw
from shared.http import expect_version
from shared.ids import new_id
from shared.outbox import Outgoing, emit
from shared.problems import NotFound
from shared.tenancy import load_organizations

PUTS_CASE: dict[str, CaseStatus] = {
    AgreementKind.PROMISE: CaseStatus.IN_CONTACT,
    AgreementKind.PLAN: CaseStatus.PAYMENT_PLAN,
    AgreementKind.OFFER: CaseStatus.NEGOTIATING,
}
ACTIVITY: dict[str, ActivityKind] = {
    AgreementKind.PROMISE: ActivityKind.PROMISE,
    AgreementKind.PLAN: ActivityKind.PLAN,
    AgreementKind.OFFER: ActivityKind.OFFER,
}


@dataclass(frozen=True, slots=True)
class Ground:
    """The case an agreement is about to be made for, its customer held, and the terms."""

    case: Case
    terms: Terms


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be agreed."""

    kind: AgreementKind
    instalments: Sequence[Instalment]
    invoice_ids: Sequence[UUID] = ()
    fee_minor: int = 0
    grace_days: int = 0
    restores: bool = False
    note: str | None = None


@dataclass(slots=True)
class Following:
    """What follows from judging some agreements."""

    written: list[tuple[Held, Judgement]] = field(default_factory=list)
    ended_on: dict[UUID, date | None] = field(default_factory=dict)
    pauses: list[NewPause] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    broken: dict[UUID, int] = field(default_factory=dict)
    moves: list[tuple[UUID, str, str]] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)
    events: list[Outgoing] = field(default_factory=list)


async def ground(session: AsyncSession, sight: Sight, case_id: UUID) -> Ground:
    """A case in sight that an agreement can be made for, its customer held."""
    found = await cases.get(session, sight, case_id)
    tx = await raw(session)
    await hold(tx, Customers([(sight.organization_id, found.case.customer_id)]))
    case = (await cases.get(session, sight, case_id)).case
    await session.refresh(case)
    if case.status == CaseStatus.CLOSED:
        raise CaseClosed(case_id)
    if case.debt_minor == 0:
        raise NothingOwed(case_id)
    current = await _open_of(session, case_id)
    if current is not None:
        raise AgreementOpen(case_id, current.id, current.kind)
    return Ground(case, await terms_of(session, sight.organization_id))


async def make(session: AsyncSession, sight: Sight, on: Ground, wanted: Wanted) -> Agreement:
    """Make an agreement: it pauses what it is about until the money, or a day, decides."""
    case, terms = on.case, on.terms
    first, last = wanted.instalments[0], wanted.instalments[-1]
    wait = timedelta(days=wanted.grace_days)
    agreement = Agreement(
        id=new_id(),
        organization_id=sight.organization_id,
        case_id=case.id,
        customer_id=case.customer_id,
        line_id=case.line_id,
        kind=wanted.kind.value,
        currency=case.currency,
        amount_minor=sum(each.amount_minor for each in wanted.instalments),
        fee_minor=wanted.fee_minor,
        debt_minor=case.debt_minor,
        invoice_ids=list(wanted.invoice_ids),
        fee_invoice_id=new_id() if wanted.fee_minor else None,
        grace_days=wanted.grace_days,
        restores=wanted.restores,
        made_on=terms.today,
        made_at=clock.now(),
        made_by=sight.caller.user_id,
        last_on=last.due_on + wait,
        judge_on=first.due_on + wait + timedelta(days=1),
        note=wanted.note,
    )
    session.add(agreement)
    await session.flush()
    session.add_all(
        InstalmentRow(
            agreement_id=agreement.id, organization_id=sight.organization_id, **each._asdict()
        )
        for each in wanted.instalments
    )
    await session.flush()
    tx = await raw(session)
    await put_pauses(tx, [pause_of(agreement, case.debt_minor, paid_first=False)])
    await _on_case(session, sight, agreement)
    await _say(tx, sight.caller, agreement, "made", wanted.note)
    await emit(tx, [facts.made(agreement, len(wanted.instalments))])
    return agreement


async def cancel(
    session: AsyncSession,
    sight: Sight,
    agreement_id: UUID,
    kind: AgreementKind,
    *,
    seen: int | None,
    note: str | None,
) -> Agreement:
    """End an open agreement by hand; what it paused counts again."""
    agreement = await get(session, sight, agreement_id, kind)
    tx = await raw(session)
    await hold(tx, Customers([(agreement.organization_id, agreement.customer_id)]))
    await store.lock(tx, [agreement_id])
    await session.refresh(agreement)
    expect_version(seen, agreement.version)
    if agreement.status != AgreementStatus.OPEN:
        raise AgreementOver(agreement_id, agreement.status)
    terms = await terms_of(session, sight.organization_id)
    agreement.status = AgreementStatus.CANCELLED.value
    agreement.judge_on, agreement.ended_on = None, terms.today
    agreement.version += 1
    await session.flush()
    await end_pauses(tx, [ending_of(agreement)])
    if kind is AgreementKind.PLAN:
        back = agreement.case_id, CaseStatus.PAYMENT_PLAN.value, WHEN_BROKEN.value
        await store.move_cases(tx, [back], clock.now())
    await _say(tx, sight.caller, agreement, "cancelled", note)
    return agreement


async def get(
    session: AsyncSession, sight: Sight, agreement_id: UUID, kind: AgreementKind
) -> Agreement:
    """An agreement of a case in sight; NotFound."""
    query = (
        select(Agreement)
        .join(Case, Case.id == Agreement.case_id)
        .where(sight.condition(), Agreement.id == agreement_id, Agreement.kind == kind.value)
    )
    found = await session.scalar(query)
    if found is None:
        raise NotFound(kind.value, agreement_id)
    return found


async def follow_money(tx: Connection, ids: Collection[UUID]) -> int:
    """Judge agreements by what was received and by the day; how many ended.

    The caller holds their customers. An agreement that ended stays as it is, but a promise
    that money heard of late shows to have been kept.
    """
    if not ids:
        return 0
    held = await store.lock(tx, ids)
    left = await store.left(tx, ids)
    instalments = await store.instalments(tx, ids)
    receipts = await store.receipts(tx, ids)
    organizations = await load_organizations(tx, {each.organization_id for each in held})
    following = Following()
    for each in held:
        today = organizations[each.organization_id].today()
        paid = receipts.get(each.id, ())
        found = judge(
            instalments[each.id],
            paid,
            today,
            grace_days=each.grace_days,
            debt_is_gone=_gone(each, received(paid), left[each.id]),
        )
        _follow(following, each, found, today, left[each.id], instalments[each.id])
    await _carry_out(tx, following)
    return sum(found.status is not AgreementStatus.OPEN for _, found in following.written)


def _gone(held: Held, received_minor: int, left: Left) -> bool:
    """Whether nothing is left to pay, whatever came."""
    if held.kind != AgreementKind.PLAN:
        return left.cured
    return plan_debt_is_gone(received_minor, held.debt_minor, left.owed_minor, left.fee_open_minor)


def _follow(
    following: Following,
    held: Held,
    found: Judgement,
    today: date,
    left: Left,
    instalments: Sequence[Instalment],
) -> None:
    """Note what a judgement changes."""
    was_open = held.status == AgreementStatus.OPEN
    kept_after_all = (
        held.kind == AgreementKind.PROMISE
        and held.status == AgreementStatus.BROKEN
        and found.status is AgreementStatus.KEPT
    )
    if not was_open and not kept_after_all:
        return
    before = held.status, held.received_minor, held.judge_on
    if before == (found.status, found.received_minor, found.judge_on):
        return
    following.written.append((held, found))
    still_open = found.status is AgreementStatus.OPEN
    following.ended_on[held.id] = None if still_open else today
    if still_open:
        if held.kind == AgreementKind.PLAN:
            pause = pause_of(held, left.owed_minor, paid_first=found.covered > 0)
            following.pauses.append(pause)
        return
    if held.kind == AgreementKind.PROMISE:
        broken = (found.status is AgreementStatus.BROKEN) - kept_after_all
        following.broken[held.case_id] = following.broken.get(held.case_id, 0) + broken
    taken = held.kind == AgreementKind.OFFER and found.status is AgreementStatus.KEPT
    if taken and left.rest_minor > 0:
        rest = pause_of(held, left.rest_minor, paid_first=True)
        following.pauses.append(
            rest._replace(until_on=None, amount_minor=left.rest_minor, restores=True)
        )
    elif was_open:
        following.endings.append(ending_of(held))
    if held.kind == AgreementKind.PLAN:
        back = held.case_id, CaseStatus.PAYMENT_PLAN.value, WHEN_BROKEN.value
        following.moves.append(back)
    elif taken:
        settled = held.case_id, CaseStatus.NEGOTIATING.value, CaseStatus.SETTLED.value
        following.moves.append(settled)
    data = _data(held, found.status.value) | {"received_minor": found.received_minor}
    if taken:
        data["proposed_write_off_minor"] = left.rest_minor
    following.activities.append(
        Activity(held.case_id, held.organization_id, ACTIVITY[held.kind], data=data)
    )
    event = facts.ended(held, found, left.rest_minor, len(instalments))
    if event is not None:
        following.events.append(event)


async def _carry_out(tx: Connection, following: Following) -> None:
    """Write it all; what is paused or goes on is judged in between, before cases are locked."""
    if not following.written:
        return
    at = clock.now()
    await store.write(tx, following.written, following.ended_on)
    await put_pauses(tx, following.pauses)
    await end_pauses(tx, following.endings)
    await store.count_broken(tx, following.broken)
    await record(tx, following.activities, at)
    await store.move_cases(tx, following.moves, at)
    await emit(tx, following.events)


async def clear_taken(tx: Connection, customer_ids: Collection[UUID]) -> None:
    """End the pauses of offers that were taken, once the rest is written off, too."""
    await end_pauses(
        tx,
        [
            Ending(organization_id, customer_id, PauseKind.PROMISE, agreement_id)
            for agreement_id, organization_id, customer_id in await store.cleared(tx, customer_ids)
        ],
    )


async def _on_case(session: AsyncSession, sight: Sight, agreement: Agreement) -> None:
    case = await cases.lock(session, sight, agreement.case_id)
    if case.status == CaseStatus.CLOSED:
        raise CaseClosed(case.id)
    await bring(session, case, PUTS_CASE[agreement.kind], sight.caller)


async def put_back(session: AsyncSession, case: Case, by: Principal | None) -> None:
    """Get a locked case that a dispute had to where its open agreement, if any, puts it."""
    current = await _open_of(session, case.id)
    if current is not None:
        await bring(session, case, PUTS_CASE[current.kind], by)


async def _open_of(session: AsyncSession, case_id: UUID) -> Agreement | None:
    query = select(Agreement).where(
        Agreement.case_id == case_id, Agreement.status == AgreementStatus.OPEN.value
    )
    return await session.scalar(query)


async def _say(
    tx: Connection, by: Principal | None, agreement: Agreement, what: str, note: str | None
) -> None:
    activity = Activity(
        agreement.case_id,
        agreement.organization_id,
        ACTIVITY[agreement.kind],
        by,
        note,
        _data(agreement, what),
    )
    await record(tx, [activity], clock.now())


def _data(agreement: Agreement | Held, what: str) -> dict[str, Any]:
    return {
        "id": agreement.id,
        "what": what,
        "amount_minor": agreement.amount_minor,
        "currency": agreement.currency,
        "until": agreement.last_on,
    }
