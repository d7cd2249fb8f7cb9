"""The invoice and its items: what may happen to them, and when not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Computed, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.billing.base import Base
from services.billing.clock.announcements import OpenInvoice
from services.billing.invoices.problems import (
    InvoiceAdjusted,
    InvoiceHasAllocations,
    InvoiceNotDraft,
    InvoiceNotIssued,
    InvoiceTooLarge,
    NothingToAsk,
)
from services.billing.invoices.rules import (
    MOST_MINOR,
    Ageing,
    Amounts,
    Charge,
    Document,
    InvoiceStatus,
    Settlement,
    ageing_of,
    price,
    settlement_of,
    status_of,
    totals,
)
from services.billing.numbering.rules import Number
from shared import clock
from shared.contracts.billing import InvoiceIssued, InvoiceKind, InvoiceSettled, InvoiceVoided
from shared.money import Money


@dataclass(frozen=True, slots=True)
class View:
    """An invoice as it stands on a day of its organization's calendar."""

    settlement: Settlement
    ageing: Ageing
    status: InvoiceStatus
    open_minor: int
    days_until_due: int | None


class Invoice(Base):
    """A demand for money. A draft is freely changed; issuing freezes it for good."""

    __tablename__ = "invoice"
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - SQLAlchemy's own declaration

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    line_id: Mapped[UUID | None]
    document: Mapped[str] = mapped_column(default=Document.DRAFT.value)
    series: Mapped[str | None]
    sequence: Mapped[int | None]
    number: Mapped[str | None]
    external_ref: Mapped[str | None]
    import_id: Mapped[UUID | None]
    memo: Mapped[str | None]
    currency: Mapped[str]
    subtotal_minor: Mapped[int]
    tax_minor: Mapped[int]
    total_minor: Mapped[int]
    allocated_minor: Mapped[int] = mapped_column(default=0)
    credited_minor: Mapped[int] = mapped_column(default=0)
    written_off_minor: Mapped[int] = mapped_column(default=0)
    recovered_minor: Mapped[int] = mapped_column(Computed("by the migration"))
    open_minor: Mapped[int] = mapped_column(Computed("by the migration"))
    kind: Mapped[str] = mapped_column(default=InvoiceKind.CHARGE.value)
    refers_to: Mapped[UUID | None]
    recurring: Mapped[bool] = mapped_column(default=False)
    due_soon_days: Mapped[int | None]
    suggested_deposit_account: Mapped[str | None]
    receivable_version: Mapped[int] = mapped_column(default=0)
    issued_on: Mapped[date | None]
    issued_at: Mapped[datetime | None]
    due_on: Mapped[date | None]
    settled_on: Mapped[date | None]
    was_overdue: Mapped[bool] = mapped_column(default=False)
    voided_on: Mapped[date | None]
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    items: Mapped[list["InvoiceItem"]] = relationship(
        order_by="InvoiceItem.position", cascade="all, delete-orphan", lazy="raise"
    )

    @classmethod
    def draft(
        cls,
        id_: UUID,
        organization_id: UUID,
        currency: str,
        customer_id: UUID,
        charges: Iterable[Charge],
    ) -> "Invoice":
        """A new draft for a customer; raises InvoiceTooLarge."""
        now = clock.now()
        invoice = cls(
            id=id_,
            organization_id=organization_id,
            customer_id=customer_id,
            document=Document.DRAFT.value,
            currency=currency,
            allocated_minor=0,
            credited_minor=0,
            written_off_minor=0,
            kind=InvoiceKind.CHARGE.value,
            recurring=False,
            receivable_version=0,
            was_overdue=False,
            version=1,
            created_at=now,
            updated_at=now,
        )
        invoice._charge(charges)
        return invoice

    def recharge(self, charges: Iterable[Charge]) -> None:
        """Ask for these charges instead, in a draft; raises InvoiceTooLarge."""
        self._charge(charges)

    def _charge(self, charges: Iterable[Charge]) -> None:
        priced = [price(charge, self.currency) for charge in charges]
        sums = totals(priced)
        if sums.total_minor > MOST_MINOR:
            raise InvoiceTooLarge(Money(MOST_MINOR, self.currency))
        self.subtotal_minor, self.tax_minor = sums.subtotal_minor, sums.tax_minor
        self.total_minor = sums.total_minor
        self.items = [
            InvoiceItem(
                organization_id=self.organization_id,
                invoice_id=self.id,
                position=position,
                description=item.charge.description,
                quantity=item.charge.quantity,
                unit_price_minor=item.charge.unit_price_minor,
                tax_rate=item.charge.tax_rate,
                tax_category=item.charge.tax_category,
                price_includes_tax=item.charge.price_includes_tax,
                category_id=item.charge.category_id,
                net_minor=item.net_minor,
                tax_minor=item.tax_minor,
            )
            for position, item in enumerate(priced, start=1)
        ]

    def require_draft(self, otherwise: str, *, today: date) -> None:
        """Raise InvoiceNotDraft, saying `otherwise`, unless this is a draft."""
        if self.document != Document.DRAFT:
            raise InvoiceNotDraft(self.id, self.seen_on(today).status, otherwise)

    def require_issued(self, otherwise: str, *, today: date) -> None:
        """Raise InvoiceNotIssued, saying `otherwise`, unless this is issued and not void."""
        if self.document != Document.ISSUED:
            raise InvoiceNotIssued(self.id, self.seen_on(today).status, otherwise)

    def require_issuable(self, *, today: date) -> None:
        """Raise unless `issue` would do: a draft that asks for something."""
        self.require_draft("it has been issued already", today=today)
        if self.total_minor <= 0:
            raise NothingToAsk(self.id)

    def issue(self, number: Number, *, on: date, due_on: date) -> None:
        """Freeze the draft under its number."""
        self.require_issuable(today=on)
        self.document = Document.ISSUED.value
        self.series, self.sequence, self.number = number.series, number.sequence, number.text
        self.issued_on, self.due_on = on, due_on
        self.touch()
        self.issued_at = self.updated_at

    def void(self, reason: str, *, on: date) -> None:
        """Annul an issued invoice that nothing has lowered; it keeps its number."""
        self.require_issued("only an issued invoice can be voided", today=on)
        if self.allocated_minor > 0:
            raise InvoiceHasAllocations(self.id, str(Money(self.allocated_minor, self.currency)))
        if self.credited_minor > 0 or self.written_off_minor > 0:
            raise InvoiceAdjusted(
                self.id,
                str(Money(self.credited_minor, self.currency)),
                str(Money(self.written_off_minor, self.currency)),
            )
        self.document = Document.VOID.value
        self.voided_on, self.void_reason = on, reason
        self.touch()
        self.voided_at = self.updated_at

    def touch(self) -> None:
        """Count a change."""
        self.version += 1
        self.updated_at = clock.now()

    def amounts(self) -> Amounts:
        """What is asked for and what covers it."""
        return Amounts(
            self.total_minor,
            self.allocated_minor,
            self.credited_minor,
            self.written_off_minor,
        )

    def lower(
        self, *, credited_minor: int = 0, written_off_minor: int = 0, on: date, announced: bool
    ) -> bool:
        """Ask for less from now on; True when that settles the invoice.

        `announced`: the clock has passed its due date. The caller holds the clock.
        """
        self.credited_minor += credited_minor
        self.written_off_minor += written_off_minor
        self.touch()
        if self.settled_on is not None or self.amounts().open_minor > 0:
            return False
        self.settled_on = on
        self.was_overdue = self.was_overdue or announced
        return True

    def seen_on(self, today: date) -> View:
        """Settlement, ageing and status on a day; nothing is owed on drafts and voids."""
        document, settlement = Document(self.document), Settlement.OPEN
        ageing, owed, days = Ageing.NOT_DUE, 0, None
        if document is Document.ISSUED:
            amounts = self.amounts()
            settlement, owed = settlement_of(amounts), amounts.open_minor
        if owed and self.due_on is not None:
            ageing, days = ageing_of(self.due_on, today), (self.due_on - today).days
        return View(settlement, ageing, status_of(document, settlement, ageing), owed, days)

    def as_open(self) -> OpenInvoice:
        """The issued invoice as the due clock speaks of it."""
        assert self.number is not None
        assert self.due_on is not None
        return OpenInvoice(
            organization_id=self.organization_id,
            invoice_id=self.id,
            customer_id=self.customer_id,
            line_id=self.line_id,
            number=self.number,
            currency=self.currency,
            open_minor=self.amounts().open_minor,
            due_on=self.due_on,
            due_soon_days=self.due_soon_days,
        )

    def issued_event(self) -> InvoiceIssued:
        """What the others hear of the issue."""
        assert self.number is not None
        assert self.issued_on is not None
        assert self.due_on is not None
        return InvoiceIssued(
            invoice_id=self.id,
            customer_id=self.customer_id,
            line_id=self.line_id,
            version=self.version,
            number=self.number,
            currency=self.currency,
            total_minor=self.total_minor,
            issued_on=self.issued_on,
            due_on=self.due_on,
            kind=InvoiceKind(self.kind),
            refers_to=self.refers_to,
            due_soon_days=self.due_soon_days,
        )

    def settled_event(self) -> InvoiceSettled:
        """What the others hear when nothing is open any more."""
        assert self.settled_on is not None
        return InvoiceSettled(
            invoice_id=self.id,
            customer_id=self.customer_id,
            line_id=self.line_id,
            version=self.version,
            settled_on=self.settled_on,
        )

    def voided_event(self) -> InvoiceVoided:
        """What the others hear of the annulment."""
        assert self.void_reason is not None
        return InvoiceVoided(
            invoice_id=self.id,
            customer_id=self.customer_id,
            line_id=self.line_id,
            version=self.version,
            reason=self.void_reason,
        )


class InvoiceItem(Base):
    """One priced charge of an invoice."""

    __tablename__ = "invoice_item"

    organization_id: Mapped[UUID]
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    description: Mapped[str]
    quantity: Mapped[Decimal]
    unit_price_minor: Mapped[int]
    tax_rate: Mapped[Decimal]
    tax_category: Mapped[str | None]
    price_includes_tax: Mapped[bool] = mapped_column(default=False)
    category_id: Mapped[UUID | None]
    net_minor: Mapped[int]
    tax_minor: Mapped[int]
