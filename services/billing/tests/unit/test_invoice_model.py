"""What may happen to an invoice, and when not."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.invoices.model import Invoice
from services.billing.invoices.problems import (
    InvoiceHasAllocations,
    InvoiceNotDraft,
    InvoiceNotIssued,
    InvoiceTooLarge,
    NothingToAsk,
)
from services.billing.invoices.rules import Ageing, Charge, InvoiceStatus, Settlement
from services.billing.numbering.rules import Number
from shared import clock
from shared.ids import new_id

TODAY = date(2026, 11, 20)
FIRST = Number(1)


def draft(unit_price_minor: int = 10_000, tax_rate: str = "0") -> Invoice:
    """A draft of one item."""
    charge = Charge("Fibra 300", Decimal(1), unit_price_minor, Decimal(tax_rate))
    return Invoice.draft(new_id(), new_id(), "USD", new_id(), [charge])


def issued(due_on: date = TODAY, allocated_minor: int = 0) -> Invoice:
    """An issued invoice of 100.00, so much of it paid."""
    invoice = draft()
    invoice.issue(FIRST, on=TODAY, due_on=due_on)
    invoice.allocated_minor = allocated_minor
    return invoice


def test_a_draft_prices_its_charges_at_once() -> None:
    invoice = draft(10_000, "15")

    assert (invoice.subtotal_minor, invoice.tax_minor, invoice.total_minor) == (
        10_000,
        1500,
        11_500,
    )
    assert [item.position for item in invoice.items] == [1]


def test_items_are_numbered_in_the_order_given() -> None:
    invoice = draft()
    invoice.recharge([Charge(name, Decimal(1), 1, Decimal(0)) for name in "abc"])

    assert [(item.position, item.description) for item in invoice.items] == [
        (1, "a"),
        (2, "b"),
        (3, "c"),
    ]


def test_issuing_freezes_number_dates_and_document() -> None:
    invoice = draft()

    invoice.issue(Number(7), on=TODAY, due_on=TODAY + timedelta(days=15))

    assert (invoice.document, invoice.number, invoice.sequence) == ("issued", "INV-00000007", 7)
    assert (invoice.issued_on, invoice.due_on) == (TODAY, date(2026, 12, 5))
    assert invoice.version == 2


def test_an_issued_invoice_is_not_issued_again() -> None:
    invoice = issued(due_on=TODAY - timedelta(days=1))

    with pytest.raises(InvoiceNotDraft) as refusal:
        invoice.issue(Number(2), on=TODAY, due_on=TODAY)

    assert refusal.value.members["current_status"] is InvoiceStatus.OVERDUE
    assert invoice.number == "INV-00000001"


def test_an_invoice_of_nothing_is_not_issued() -> None:
    with pytest.raises(NothingToAsk):
        draft(0).issue(FIRST, on=TODAY, due_on=TODAY)


def test_a_total_beyond_the_bound_is_refused() -> None:
    assert draft(10**15).total_minor == 10**15
    with pytest.raises(InvoiceTooLarge):
        draft(10**15 + 1)


def test_an_invoice_on_which_something_is_paid_is_not_voided() -> None:
    invoice = issued(allocated_minor=1)

    with pytest.raises(InvoiceHasAllocations):
        invoice.void("Mistake", on=TODAY)

    assert invoice.document == "issued"


def test_a_voided_invoice_keeps_its_number_and_owes_nothing() -> None:
    invoice = issued(due_on=TODAY - timedelta(days=9))

    invoice.void("Mistake", on=TODAY)

    view = invoice.seen_on(TODAY)
    assert invoice.number == "INV-00000001"
    assert (view.status, view.open_minor, view.days_until_due) == (InvoiceStatus.VOID, 0, None)
    with pytest.raises(InvoiceNotIssued):
        invoice.void("Again", on=TODAY)


def test_a_draft_is_not_voided() -> None:
    with pytest.raises(InvoiceNotIssued):
        draft().void("Mistake", on=TODAY)


def test_every_change_counts_a_version_and_its_time() -> None:
    at = datetime(2030, 1, 1, tzinfo=UTC)
    invoice = draft()

    with clock.frozen(at):
        invoice.touch()

    assert (invoice.version, invoice.updated_at) == (2, at)


@pytest.mark.parametrize(
    ("days", "allocated", "status", "days_until_due"),
    [
        (3, 0, InvoiceStatus.SENT, 3),
        (0, 0, InvoiceStatus.SENT, 0),
        (-1, 0, InvoiceStatus.OVERDUE, -1),
        (3, 1, InvoiceStatus.PARTIAL, 3),
        (-40, 9999, InvoiceStatus.OVERDUE, -40),
        (-40, 10_000, InvoiceStatus.PAID, None),
    ],
)
def test_an_issued_invoice_is_seen_from_a_day(
    days: int, allocated: int, status: InvoiceStatus, days_until_due: int | None
) -> None:
    view = issued(TODAY + timedelta(days=days), allocated).seen_on(TODAY)

    assert (view.status, view.days_until_due) == (status, days_until_due)
    assert view.open_minor == 10_000 - allocated


def test_a_draft_owes_nothing_yet() -> None:
    view = draft().seen_on(TODAY)

    assert (view.status, view.settlement, view.ageing, view.open_minor) == (
        InvoiceStatus.DRAFT,
        Settlement.OPEN,
        Ageing.NOT_DUE,
        0,
    )


@given(st.integers(0, 10_000), st.integers(-1000, 1000))
def test_what_is_overdue_is_open_and_past_its_date(allocated: int, days: int) -> None:
    view = issued(TODAY + timedelta(days=days), allocated).seen_on(TODAY)

    assert (view.ageing is Ageing.OVERDUE) == (view.open_minor > 0 and days < 0)
    assert (view.status is InvoiceStatus.PAID) == (view.open_minor == 0)
    assert 0 <= view.open_minor <= 10_000


@pytest.mark.parametrize(
    ("sequence", "text"),
    [(1, "INV-00000001"), (99_999_999, "INV-99999999"), (100_000_000, "INV-100000000")],
)
def test_numbers_have_eight_digits_until_they_need_more(sequence: int, text: str) -> None:
    assert Number(sequence).text == text
