"""How the items of a bill run are described: the plan's own name, days, and a word or two."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from services.billing.plans.rules import PlanTerms


@dataclass(frozen=True, slots=True)
class Words:
    """The few words there are, in one language."""

    setup_fee: str
    change: str
    unused: str

    @classmethod
    def of(cls, locale: str) -> "Words":
        """The words of a locale: Spanish where that is spoken, else English."""
        return SPANISH if locale.lower().startswith("es") else ENGLISH

    def days(self, plan: PlanTerms, start: date, end: date) -> str:
        """A plan over some days."""
        return f"{plan.name} {_days(start, end)}"

    def setup(self, plan: PlanTerms) -> str:
        """A plan's setup fee."""
        return f"{plan.name}: {self.setup_fee}"

    def adjustment(self, plan: PlanTerms, start: date, end: date) -> str:
        """What is made good of a period billed before."""
        return f"{plan.name}: {self.change} {_days(start, end)}"

    def not_used(self, since: date) -> str:
        """Why something is credited when a subscription ends."""
        return f"{self.unused} {since}"


def _days(start: date, end: date) -> str:
    """Days as documents show them: both the first and the last are meant."""
    return f"{start} – {end - timedelta(days=1)}"


SPANISH: Final = Words(
    setup_fee="instalación", change="ajuste", unused="Días no utilizados desde el"
)
ENGLISH: Final = Words(setup_fee="setup", change="adjustment", unused="Days not used from")
