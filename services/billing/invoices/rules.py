"""What an invoice amounts to, and what its status is.

Pure: items in, amounts out; amounts and dates in, status out. Amounts are whole minor units.
Each item is rounded (half to even) once for its net and once for its tax (of a price that
includes its tax: once for the gross and once for the net); sums only add.
The status is derived from document, settlement and ageing, and stored nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final
from uuid import UUID

from shared.money import EXACT, Money

MOST_MINOR: Final = 10**15
"""The largest total of an invoice, far inside a bigint."""


class Document(StrEnum):
    """Where the document is in its life; a draft may also be discarded."""

    DRAFT = "draft"
    ISSUED = "issued"
    VOID = "void"


class Settlement(StrEnum):
    """How much of the total is covered, and whether by giving a part of it up."""

    OPEN = "open"
    PARTIAL = "partial"
    PAID = "paid"
    WRITTEN_OFF = "written_off"


class Ageing(StrEnum):
    """Where the due date is on the organization's calendar."""

    NOT_DUE = "not_due"
    DUE = "due"
    OVERDUE = "overdue"


class InvoiceStatus(StrEnum):
    """The three above in one word, for people."""

    DRAFT = "draft"
    SENT = "sent"
    PARTIAL = "partial"
    PAID = "paid"
    OVERDUE = "overdue"
    VOID = "void"


class Bucket(StrEnum):
    """How long open money has been overdue, in days."""

    NOT_DUE = "not_due"
    UP_TO_30 = "1-30"
    UP_TO_60 = "31-60"
    UP_TO_90 = "61-90"
    UP_TO_120 = "91-120"
    OVER_120 = "120+"


BUCKET_ENDS: Final = (
    (0, Bucket.NOT_DUE),
    (30, Bucket.UP_TO_30),
    (60, Bucket.UP_TO_60),
    (90, Bucket.UP_TO_90),
    (120, Bucket.UP_TO_120),
)
"""The last day overdue of each bucket but the last."""


class TaxCategory(StrEnum):
    """Why an item is taxed at its rate; `zero` and `exempt` are taxed at none."""

    STANDARD = "standard"
    REDUCED = "reduced"
    ZERO = "zero"
    EXEMPT = "exempt"


UNTAXED: Final = frozenset({TaxCategory.ZERO, TaxCategory.EXEMPT})


@dataclass(frozen=True, slots=True)
class Charge:
    """One thing that is charged: so many at such a price, taxed at so many per cent.

    Of a price that includes its tax, the gross is what was agreed, and the net what follows.
    """

    description: str
    quantity: Decimal
    unit_price_minor: int
    tax_rate: Decimal
    price_includes_tax: bool = False
    tax_category: TaxCategory | None = None
    category_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Priced:
    """A charge with its amounts."""

    charge: Charge
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What the items of an invoice come to."""

    subtotal_minor: int
    tax_minor: int

    @property
    def total_minor(self) -> int:
        """Net and tax together."""
        return self.subtotal_minor + self.tax_minor


def price(charge: Charge, currency: str) -> Priced:
    """The amounts of one charge, each rounded once, half to even."""
    product = EXACT.multiply(charge.quantity, Decimal(charge.unit_price_minor))
    amount = Money(int(product.to_integral_value(ROUND_HALF_EVEN, EXACT)), currency)
    if charge.price_includes_tax:
        net = round(Fraction(amount.minor * 100) / (100 + Fraction(charge.tax_rate)))
        return Priced(charge, net, amount.minor - net)
    return Priced(charge, amount.minor, amount.percent(charge.tax_rate).minor)


def totals(items: Sequence[Priced]) -> Totals:
    """The sums over items."""
    return Totals(sum(item.net_minor for item in items), sum(item.tax_minor for item in items))


@dataclass(frozen=True, slots=True)
class Amounts:
    """What an issued invoice asks for, and everything that covers it."""

    total_minor: int
    allocated_minor: int = 0
    credited_minor: int = 0
    written_off_minor: int = 0

    @property
    def recovered_minor(self) -> int:
        """Of what was written off, what money came for."""
        covered = self.allocated_minor + self.credited_minor + self.written_off_minor
        return min(self.written_off_minor, max(0, covered - self.total_minor))

    @property
    def given_up_minor(self) -> int:
        """What is written off and no money came for."""
        return self.written_off_minor - self.recovered_minor

    @property
    def open_minor(self) -> int:
        """What is still owed; 0 while a credit note exceeds what was open (see docs/money.md)."""
        asked = self.total_minor - self.credited_minor - self.given_up_minor
        return max(0, asked - self.allocated_minor)

    @property
    def creditable_minor(self) -> int:
        """The most a further credit note may take off, paid or not."""
        return max(0, self.total_minor - self.credited_minor - self.given_up_minor)


def settlement_of(amounts: Amounts) -> Settlement:
    """How far an issued invoice is covered: by money and credit notes, or by giving up."""
    if amounts.open_minor == 0:
        return Settlement.WRITTEN_OFF if amounts.given_up_minor > 0 else Settlement.PAID
    return Settlement.PARTIAL if amounts.open_minor < amounts.total_minor else Settlement.OPEN


def ageing_of(due_on: date, today: date) -> Ageing:
    """The due date seen from today."""
    if due_on == today:
        return Ageing.DUE
    return Ageing.OVERDUE if due_on < today else Ageing.NOT_DUE


def status_of(document: Document, settlement: Settlement, ageing: Ageing) -> InvoiceStatus:
    """The one word; what is overdue is so also when a part of it is paid.

    `paid` is whatever asks for nothing more; the settlement says when a part was given up.
    """
    if document is Document.DRAFT:
        return InvoiceStatus.DRAFT
    if document is Document.VOID:
        return InvoiceStatus.VOID
    if settlement in (Settlement.PAID, Settlement.WRITTEN_OFF):
        return InvoiceStatus.PAID
    if ageing is Ageing.OVERDUE:
        return InvoiceStatus.OVERDUE
    return InvoiceStatus.PARTIAL if settlement is Settlement.PARTIAL else InvoiceStatus.SENT


def bucket_of(due_on: date, today: date) -> Bucket:
    """The ageing bucket of open money due on a day."""
    days = (today - due_on).days
    return next((bucket for last, bucket in BUCKET_ENDS if days <= last), Bucket.OVER_120)
