"""What a run would do, found out by the same rules, and nothing written."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from services.billing.bill_runs import store, subjects
from services.billing.bill_runs.desk import bill
from services.billing.bill_runs.rules import Bill, Failure, PeriodBill, PeriodOutcome, Window
from services.billing.bill_runs.subjects import FIRST, Selection
from services.billing.bill_runs.words import Words
from services.billing.proration.rules import Subject
from shared.db import Connection
from shared.tenancy import Organization

PAGE: Final = 2000
MOST_SUBSCRIPTIONS: Final = 100_000
MOST_SAMPLES: Final = 10
MOST_FAILURES: Final = 20


@dataclass(slots=True)
class Preview:
    """What the subscriptions that were looked at would be billed."""

    subscriptions: int = 0
    invoices: int = 0
    subtotal_minor: int = 0
    tax_minor: int = 0
    failed: int = 0
    outcomes: Counter[PeriodOutcome] = field(default_factory=Counter)
    samples: list[tuple[Subject, PeriodBill]] = field(default_factory=list)
    failures: list[tuple[UUID, Failure]] = field(default_factory=list)
    complete: bool = True

    def add(self, subject: Subject, made: Bill) -> None:
        """Count one subscription."""
        self.subscriptions += 1
        for period in made.periods:
            self.outcomes[period.outcome] += 1
            if period.outcome is not PeriodOutcome.BILLED:
                continue
            self.invoices += 1
            self.subtotal_minor += period.sums.subtotal_minor
            self.tax_minor += period.sums.tax_minor
            if len(self.samples) < MOST_SAMPLES:
                self.samples.append((subject, period))
        if made.failure is not None:
            self.failed += 1
            if len(self.failures) < MOST_FAILURES:
                self.failures.append((subject.id, made.failure))


async def preview(tx: Connection, organization: Organization, selection: Selection) -> Preview:
    """Bill a selection without writing anything, page by page, leaving others their turn."""
    window = Window(selection.period_from, selection.period_to, organization.today())
    words, found, after = Words.of(organization.locale), Preview(), FIRST
    while found.subscriptions < MOST_SUBSCRIPTIONS:
        page, plans, after = await subjects.page(tx, selection, after, PAGE, lock=False)
        for each in page:
            found.add(each, bill(each, plans, window, organization.currency, words))
        if len(page) < PAGE:
            return found
        await asyncio.sleep(0)
    found.complete = False
    return found


async def warnings(tx: Connection, selection: Selection) -> list[tuple[str, int, str]]:
    """What the run would leave out, and why: code, count, sentence."""
    counts = await store.counts(tx, selection)
    said = (
        (
            "behind",
            counts["behind"],
            f"subscriptions have periods to bill before {selection.period_from}; begin the run"
            " earlier to catch up",
        ),
        ("not-installed", counts["not_installed"], "lines wait for their installation"),
        ("not-subscribed", counts["not_subscribed"], "lines in service have no subscription"),
    )
    return [each for each in said if each[1]]
