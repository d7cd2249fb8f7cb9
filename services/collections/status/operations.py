"""Where a line stands now: its verdict by today's facts, beside what was ordered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.decisions.rules import About, Debt, Outcome, Verdict, judge, outcome_of
from services.collections.decisions.words import explain
from services.collections.enforcement.rules import Cause, Concern, Push, is_off
from services.collections.enforcement.situation import Judged, learn, subjects_of
from services.collections.policies import store as policies_store
from services.collections.policies.rules import Policy
from services.collections.policies.store import Terms
from services.collections.status import store
from services.collections.status.store import LineRow
from shared.contracts.customers import LineStatus
from shared.db import raw
from shared.problems import NotFound
from shared.tenancy import UnknownOrganization

LOOKED_AT: Final = Cause("collections.looked-at")


@dataclass(frozen=True, slots=True)
class Standing:
    """A line judged as it is shown; nothing is recorded."""

    line: LineRow
    terms: Terms
    verdict: Verdict
    off: bool
    why: str
    debts: Sequence[Debt]
    about: About

    @property
    def policy(self) -> Policy:
        """The policy as it is for this line: that of its segment, if it belongs to one."""
        return self.terms.policy.variant(self.verdict.segment)


async def terms_of(session: AsyncSession, organization_id: UUID) -> Terms:
    """The policy and the day of an organization; UnknownOrganization."""
    known = await policies_store.terms(await raw(session), [organization_id])
    if organization_id not in known:
        raise UnknownOrganization(organization_id)
    return known[organization_id]


async def standing(
    session: AsyncSession, organization_id: UUID, line_id: UUID, *, ahead_days: int = 0
) -> Standing:
    """Where a line of an organization stands; NotFound.

    `debts` has what is due within `ahead_days`, too: the verdict is by what is overdue.
    """
    tx = await raw(session)
    line = await store.line(tx, organization_id, line_id)
    if line is None:
        raise NotFound("line", line_id)
    terms = await terms_of(session, organization_id)
    state = line.as_state()
    off = is_off(state)
    concern = Concern(organization_id, line.customer_id, line_id, Push.EITHER, LOOKED_AT)
    judged = Judged(concern, state, off, terms)
    (subject,) = subjects_of([judged])
    await learn(tx, [subject], ahead_days=ahead_days)
    about = judged.about(subject)
    verdict = judge(subject.debts, terms.policy, terms.today, about, off=off)
    why = _why(line, verdict, terms, off=off)
    return Standing(line, terms, verdict, off, why, subject.debts, about)


def _why(line: LineRow, verdict: Verdict, terms: Terms, *, off: bool) -> str:
    if line.status == LineStatus.SUSPENDED and not off and not line.non_payment:
        return "Suspended for another reason than non-payment."
    outcome = outcome_of(verdict, line.status, suspended=off)
    if outcome is Outcome.KEEP_SUSPENDED:
        outcome = Outcome.SUSPEND
    return explain(outcome, verdict.conditions, verdict.overdue, terms.policy, line.status)
