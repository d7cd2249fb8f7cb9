"""A policy as people write it: the document of one version, as JSON.

`DunningDocument` is what the API takes and shows and what is stored;
`services.collections.policies. rules` compiles it into the terms that lines are judged
by. Sections of other concepts travel with it as data: `reminders`
(services.collections.reminders), `contact` and `promises` (the desk), `assign` stages
(its collectors).

Days of stages are counted from the due date. Only reminders may come before it or on
it; any other stage comes when its debt is overdue by its days, and not before grace has
ended.
"""

from datetime import date, time
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from shared.money import MoneyIn

MOST_GRACE_DAYS: Final = 365
MOST_DAY: Final = 730
Code = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
When = Annotated[
    dict[str, Any] | None,
    Field(
        description="A condition: {fact, op, value}, {all: [...]}, {any: [...]} or {not: {...}}.",
        examples=[{"fact": "amount_due", "op": "gte", "value": "20.00"}],
    ),
]


def _local(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("hours are local: leave the time zone out")
    return value


LocalTime = Annotated[time, AfterValidator(_local)]


class SuspendScope(StrEnum):
    """Whose debts count against a line: its own, or all of its customer's."""

    LINE = "line"
    CUSTOMER = "customer"


class StageKind(StrEnum):
    """What a stage does."""

    REMIND = "remind"
    WARN = "warn"
    RESTRICT = "restrict"
    SUSPEND = "suspend"
    LATE_FEE = "late_fee"
    ASSIGN = "assign"
    PROPOSE_WRITE_OFF = "propose_write_off"
    PROPOSE_CANCELLATION = "propose_cancellation"


class RestoreRule(StrEnum):
    """What brings a line back that was cut off.

    `zero`: nothing is due, what falls due today included; `past_due_cleared`: nothing is
    overdue; `below_threshold`: what is overdue beyond grace comes to less than the threshold
    (without one: than the minimum debt); `first_instalment`: nothing is overdue, or a payment
    plan is agreed whose first instalment is paid.
    """

    ZERO = "zero"
    PAST_DUE_CLEARED = "past_due_cleared"
    BELOW_THRESHOLD = "below_threshold"
    FIRST_INSTALMENT = "first_instalment"


class ZoneOf(StrEnum):
    """Whose clock a calendar goes by."""

    ORGANIZATION = "organization"
    CUSTOMER = "customer"


class StageChannel(StrEnum):
    """How a message reaches a customer."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    INBOX = "inbox"


class Section(BaseModel):
    """A part of a document: never changed, nothing but what is known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StageIn(Section):
    """A step of the policy."""

    code: Code = Field(description="Unique within the policy.", examples=["warn-3"])
    kind: StageKind
    day: int = Field(ge=-90, le=MOST_DAY, description="Days from the due date.")
    when: When = None
    rule: Code | None = Field(None, description="Of billing's late-fee rules, for `late_fee`.")
    channel: StageChannel | None = Field(None, description="For `remind` and `warn`.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.kind is not StageKind.REMIND and self.day < 1:
            raise ValueError("only a reminder may come before the debt is overdue: day >= 1")
        if (self.kind is StageKind.LATE_FEE) != (self.rule is not None):
            raise ValueError("a late_fee stage names a `rule`, and no other does")
        return self


class RestoreIn(Section):
    """When a line that was cut off comes back."""

    rule: RestoreRule = RestoreRule.BELOW_THRESHOLD
    threshold: MoneyIn | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.threshold is not None and self.rule is not RestoreRule.BELOW_THRESHOLD:
            raise ValueError("only below_threshold has a threshold")
        return self


class CalendarIn(Section):
    """When lines may be cut off. Coming back waits for nothing."""

    weekdays: list[Annotated[int, Field(ge=1, le=7)]] = Field(
        [1, 2, 3, 4, 5, 6, 7], min_length=1, max_length=7, description="1 is Monday."
    )
    opens: LocalTime = Field(time(0), description="First minute of the day.", examples=["09:00:00"])
    closes: LocalTime | None = Field(None, description="First minute no more; null: midnight.")
    holidays: bool = Field(False, description="Closed on the public holidays of the country.")
    days: list[date] = Field([], max_length=400, description="Closed on these days, too.")
    zone: ZoneOf = ZoneOf.ORGANIZATION

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.closes is not None and self.opens >= self.closes:
            raise ValueError("a day opens before it closes")
        return self


class Overrides(Section):
    """What a segment has otherwise; what is left out is the policy's."""

    grace_days: int | None = Field(None, ge=0, le=MOST_GRACE_DAYS)
    minimum_debt: MoneyIn | None = None
    restore: RestoreIn | None = None
    stages: list[StageIn] | None = Field(None, max_length=30)


class SegmentIn(Section):
    """Some of the customers; the first segment whose condition holds is theirs."""

    name: Code
    when: dict[str, Any] = Field(description="A condition over tags, plan, tenure, area, amount.")
    overrides: Overrides


class RemindersIn(Section):
    """How reminders go out; their days are the stages of kind `remind`."""

    overdue_every_days: int | None = Field(None, ge=1, le=90, description="Null: not repeated.")
    overdue_until_days: int = Field(30, ge=1, le=365)
    channels: list[StageChannel] = Field([StageChannel.INBOX, StageChannel.EMAIL], max_length=4)
    quiet_from: LocalTime = time(21)
    quiet_until: LocalTime = time(8)


class ContactIn(Section):
    """When and how often a customer may be contacted."""

    weekdays: list[Annotated[int, Field(ge=1, le=7)]] = Field(
        [1, 2, 3, 4, 5, 6], min_length=1, max_length=7
    )
    opens: LocalTime = time(8)
    closes: LocalTime = time(20)
    calls_per_week: int = Field(3, ge=0, le=100)
    messages_per_day: int = Field(2, ge=0, le=100)


class PromisesIn(Section):
    """What may be promised."""

    per_year: int = Field(4, ge=0, le=366)
    most_days_ahead: int = Field(15, ge=1, le=365)


class PausesIn(Section):
    """What may be put off by hand."""

    most_days: int = Field(14, ge=1, le=90, description="From today to its last day.")


class SafetyIn(Section):
    """When a day or a run stops before its first line and waits for two people."""

    share_percent: int = Field(ge=1, le=100, description="Of the lines that are on.")
    times_usual: int | None = Field(None, ge=2, le=1000, description="Of the days before.")
    at_least: int = Field(20, ge=1, le=1_000_000, description="Fewer lines stop nothing.")


class DunningDocument(Section):
    """A whole policy."""

    active: bool = Field(True, description="False suspends nobody and switches everybody back on.")
    scope: SuspendScope = SuspendScope.LINE
    grace_days: int = Field(0, ge=0, le=MOST_GRACE_DAYS)
    minimum_debt: MoneyIn | None = Field(None, description="What must be due, beyond grace.")
    restore: RestoreIn = RestoreIn()
    calendar: CalendarIn | None = None
    stages: list[StageIn] = Field(min_length=1, max_length=30)
    segments: list[SegmentIn] = Field([], max_length=20)
    reminders: RemindersIn = RemindersIn()
    contact: ContactIn = ContactIn()
    promises: PromisesIn = PromisesIn()
    pauses: PausesIn = PausesIn()
    safety: SafetyIn | None = None

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for stages in (self.stages, *(each.overrides.stages or [] for each in self.segments)):
            codes = sorted(stage.code for stage in stages)
            if twice := next((a for a, b in pairwise(codes) if a == b), None):
                raise ValueError(f"two stages have the code {twice!r}")
        names = sorted(segment.name for segment in self.segments)
        if twice := next((a for a, b in pairwise(names) if a == b), None):
            raise ValueError(f"two segments are called {twice!r}")
        return self


def plain_document(
    *, grace_days: int, minimum_amount: str, scope: SuspendScope, active: bool
) -> DunningDocument:
    """The document that says what the four terms of a simple policy say."""
    return DunningDocument(
        active=active,
        scope=scope,
        grace_days=grace_days,
        minimum_debt=MoneyIn(amount=minimum_amount),
        stages=[StageIn(code="suspend", kind=StageKind.SUSPEND, day=grace_days + 1)],
    )
