"""The one path by which lines are judged, whatever asked for it.

Handlers, the clock of grace days and runs all end here: read what is known, apply the rule
to each line in memory, record what follows. A constant number of statements for any number
of lines; the caller holds the customers concerned (services.collections.enforcement.locks).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.collections.cases.operations import Because, Touched, follow
from services.collections.debts import store as debts_store
from services.collections.debts.store import Debtor
from services.collections.decisions.record import conditions_text, debts_text
from services.collections.decisions.rules import ORDERS, Debt, Outcome, deserved, outcome_of
from services.collections.enforcement import store
from services.collections.enforcement.rules import Concern, LineState, Tally, can_move, is_off
from services.collections.enforcement.store import Decided
from services.collections.policies import store as policies_store
from services.collections.policies.rules import SuspendScope
from services.collections.policies.store import Terms
from shared import clock
from shared.db import Connection
from shared.ids import new_id

Standing = tuple[Concern, LineState]
Moving = tuple[Concern, LineState, bool, Terms]


async def assess(
    tx: Connection,
    concerns: Sequence[Concern],
    *,
    widen: bool = True,
    lost_before: datetime | None = None,
) -> Tally:
    """Judge the lines concerned by what is known now; order what they deserve.

    Under a policy of scope `customer`, a push on one line concerns all lines of its
    customer, unless the caller names every line itself (`widen=False`). Lines, organizations
    and policies not heard of yet are passed over: whoever brings them has the line judged
    then. Orders given before `lost_before` and not carried out are given again.
    """
    if not concerns:
        return Tally()
    known = await policies_store.terms(tx, {concern.organization_id for concern in concerns})
    terms = {organization_id.int: found for organization_id, found in known.items()}
    by_line, by_customer = _merged(concerns, terms, widen=widen)
    lines = await store.lines(tx, by_line, lost_before)
    lines += await store.lines_of_customers(tx, by_customer, lost_before)
    decided = await _judge(tx, lines, terms)
    await store.record(tx, decided, clock.now())
    await follow(tx, [_touched(concern) for concern in concerns], terms)
    outcomes = [made.outcome for made in decided]
    return Tally(
        examined=len(lines),
        suspended=outcomes.count(Outcome.SUSPEND),
        reactivated=outcomes.count(Outcome.REACTIVATE),
    )


def _touched(concern: Concern) -> Touched:
    """The customer of a concern, whose cases follow what is owed."""
    because = Because(*concern.cause[:3])
    return Touched(concern.organization_id, concern.customer_id, because)


def _merged(
    concerns: Iterable[Concern], terms: Mapping[int, Terms], *, widen: bool
) -> tuple[list[Concern], list[Concern]]:
    """One concern for each line, and for each customer of whom every line is concerned."""
    by_line: dict[int, Concern] = {}
    by_customer: dict[int, Concern] = {}
    for concern in concerns:
        known = terms.get(concern.organization_id.int)
        if known is None:
            continue
        if widen and known.policy.suspend_scope is SuspendScope.CUSTOMER:
            merged, key = by_customer, concern.customer_id.int
        elif concern.line_id is not None:
            merged, key = by_line, concern.line_id.int
        else:
            continue
        before = merged.get(key)
        merged[key] = concern if before is None else before.also(concern)
    return list(by_line.values()), list(by_customer.values())


async def _judge(
    tx: Connection, lines: Iterable[Standing], terms: Mapping[int, Terms]
) -> list[Decided]:
    """Judge the lines that can move, each by its own debts or, by scope, its customer's."""
    alone: list[Moving] = []
    jointly: list[Moving] = []
    for concern, line in lines:
        off = is_off(line)
        if can_move(line, concern.push, off=off):
            known = terms[concern.organization_id.int]
            by_line = known.policy.suspend_scope is SuspendScope.LINE
            (alone if by_line else jointly).append((concern, line, off, known))
    decisions = await _judge_alone(tx, alone) + await _judge_jointly(tx, jointly)
    return [made for made in decisions if made is not None]


async def _judge_alone(tx: Connection, lines: Sequence[Moving]) -> list[Decided | None]:
    debtors = [
        Debtor(concern.organization_id, concern.customer_id, concern.line_id, known.today)
        for concern, _, _, known in lines
    ]
    debts = await debts_store.overdue_of_lines(tx, debtors)
    return [_decide(*moving, debts.get(place, ())) for place, moving in enumerate(lines)]


async def _judge_jointly(tx: Connection, lines: Sequence[Moving]) -> list[Decided | None]:
    places: dict[int, int] = {}
    debtors: list[Debtor] = []
    for concern, _, _, known in lines:
        if concern.customer_id.int not in places:
            places[concern.customer_id.int] = len(debtors)
            debtors.append(Debtor(concern.organization_id, concern.customer_id, None, known.today))
    debts = await debts_store.overdue_of_customers(tx, debtors)
    return [_decide(*moving, debts.get(places[moving[0].customer_id.int], ())) for moving in lines]


def _decide(
    concern: Concern, line: LineState, off: bool, terms: Terms, debts: Sequence[Debt]
) -> Decided | None:
    """The decision on a line; None when it stays as it is and the cause is not worth a record."""
    verdict = deserved(debts, terms.policy, terms.today)
    outcome = outcome_of(verdict, line.status, suspended=off)
    ordered = outcome in ORDERS
    if not ordered and not (concern.cause.keep and verdict.overdue):
        return None
    return Decided(
        id=new_id(),
        concern=concern,
        terms=terms,
        line_status=line.status,
        was_suspended=off,
        outcome=outcome,
        generation=max(line.seen, line.generation) + 1 if ordered else None,
        debts=debts_text(verdict.overdue),
        conditions=conditions_text(verdict),
    )
