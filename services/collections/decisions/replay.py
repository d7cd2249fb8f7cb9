"""A decision made again from its record, by the same code.

Everything it rested on is stored: debts, policy version, day, clock and what else counted.
So the outcome, each condition and the stages reached must come out equal to the byte.
"""

from dataclasses import dataclass, replace

from services.collections.decisions.model import Decision
from services.collections.decisions.record import (
    canonical,
    conditions_text,
    debts_text,
    read_debts,
    read_inputs,
    stored_text,
)
from services.collections.decisions.rules import NOTHING_ELSE, judge, outcome_of
from services.collections.policies.rules import Policy


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was recorded and what came out again, in one canonical form."""

    recorded: str
    replayed: str

    @property
    def equal(self) -> bool:
        """Whether they are the same to the byte."""
        return self.recorded == self.replayed


def replay(decision: Decision, policy: Policy) -> Replayed:
    """Judge again by what the decision says it was given."""
    debts, about = list(read_debts(decision.debts)), NOTHING_ELSE
    if decision.inputs is not None:
        debts, about = read_inputs(decision.inputs)
    verdict = judge(debts, policy, decision.today, about, off=decision.was_suspended)
    outcome = outcome_of(verdict, decision.line_status, suspended=decision.was_suspended)
    stages: list[str] | None = None
    if decision.stages is not None and about.reached is not None:
        before = {code: day for code, day in about.reached.items() if code not in decision.stages}
        episode = judge(debts, policy, decision.today, replace(about, reached=before), off=False)
        stages = [stage.code for stage in episode.reached]
    return Replayed(
        recorded=canonical(
            decision.outcome,
            stored_text(decision.conditions),
            stored_text(decision.debts),
            decision.stages,
        ),
        replayed=canonical(
            outcome.value, conditions_text(verdict), debts_text(verdict.overdue), stages
        ),
    )
