"""Where a line stands now: its verdict by today's facts, beside what was ordered."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.debts import store as debts_store
from services.collections.debts.store import Debtor
from services.collections.decisions.rules import Outcome, Verdict, deserved, outcome_of
from services.collections.decisions.words import explain
from services.collections.enforcement.rules import is_off
from services.collections.policies import store as policies_store
from services.collections.policies.rules import SuspendScope
from services.collections.policies.store import Terms
from services.collections.status import store
from services.collections.status.store import LineRow
from shared.contracts.customers import LineStatus
from shared.db import raw
from shared.problems import NotFound
from shared.tenancy import UnknownOrganization


@dataclass(frozen=True, slots=True)
class Standing:
    """A line judged as it is shown; nothing is recorded."""

    line: LineRow
    terms: Terms
    verdict: Verdict
    off: bool
    why: str


async def terms_of(session: AsyncSession, organization_id: UUID) -> Terms:
    """The policy and the day of an organization; UnknownOrganization."""
    known = await policies_store.terms(await raw(session), [organization_id])
    if organization_id not in known:
        raise UnknownOrganization(organization_id)
    return known[organization_id]


async def standing(session: AsyncSession, organization_id: UUID, line_id: UUID) -> Standing:
    """Where a line of an organization stands; NotFound."""
    tx = await raw(session)
    line = await store.line(tx, organization_id, line_id)
    if line is None:
        raise NotFound("line", line_id)
    terms = await terms_of(session, organization_id)
    if terms.policy.suspend_scope is SuspendScope.LINE:
        debtor = Debtor(organization_id, line.customer_id, line_id, terms.today)
        debts = await debts_store.overdue_of_lines(tx, [debtor])
    else:
        debtor = Debtor(organization_id, line.customer_id, None, terms.today)
        debts = await debts_store.overdue_of_customers(tx, [debtor])
    verdict = deserved(debts.get(0, ()), terms.policy, terms.today)
    off = is_off(line.as_state())
    return Standing(line, terms, verdict, off, _why(line, verdict, terms, off=off))


def _why(line: LineRow, verdict: Verdict, terms: Terms, *, off: bool) -> str:
    if line.status == LineStatus.SUSPENDED and not off and not line.non_payment:
        return "Suspended for another reason than non-payment."
    outcome = outcome_of(verdict, line.status, suspended=off)
    if outcome is Outcome.KEEP_SUSPENDED:
        outcome = Outcome.SUSPEND
    return explain(outcome, verdict.conditions, verdict.overdue, terms.policy, line.status)
