"""What moves of money do to invoices and payments."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.ledger.rules import Funds, Ledger, Position, adjust
from services.payments.returns.rules import PaymentStatus, ReturnKind, status_of

AT = datetime(2026, 11, 25, tzinfo=UTC)
ORGANIZATION, CUSTOMER, ACCOUNT = (UUID(int=each) for each in (1, 2, 3))


def position(which: int = 10, **changes: Any) -> Position:
    """An invoice of 10.00."""
    values: dict[str, Any] = {
        "invoice_id": UUID(int=which),
        "organization_id": ORGANIZATION,
        "customer_id": CUSTOMER,
        "line_id": None,
        "number": f"INV-{which}",
        "currency": "USD",
        "due_on": date(2026, 11, 1),
        "total_minor": 1000,
    }
    return Position(**(values | changes))


def funds(number: int = 100, **changes: Any) -> Funds:
    """A payment of 10.00, all of it credit."""
    values: dict[str, Any] = {
        "payment_id": UUID(int=number),
        "organization_id": ORGANIZATION,
        "customer_id": CUSTOMER,
        "currency": "USD",
        "amount_minor": 1000,
        "received_on": date(2026, 11, 20),
        "deposit_account_id": ACCOUNT,
        "credit_minor": 1000,
    }
    return Funds(**(values | changes))


def whole(payment: Funds) -> bool:
    """Whether a payment is allocated, credited or returned to the last minor unit."""
    allocated = sum(each.amount_minor for each in payment.standing)
    parts = (allocated, payment.credit_minor, payment.returned_minor)
    return sum(parts) == payment.amount_minor and min(parts) >= 0


@pytest.mark.parametrize(
    ("credited", "written_off", "allocated", "open_", "recovered", "payable"),
    [
        (0, 0, 0, 1000, 0, 1000),
        (0, 0, 400, 600, 0, 600),
        (300, 0, 400, 300, 0, 300),
        (0, 600, 400, 0, 0, 600),
        (0, 600, 700, 0, 300, 300),
        (100, 600, 900, 0, 600, 0),
        (1000, 0, 0, 0, 0, 0),
    ],
)
def test_an_invoice_asks_for_what_its_sums_leave(
    credited: int, written_off: int, allocated: int, open_: int, recovered: int, payable: int
) -> None:
    found = position(
        credited_minor=credited, written_off_minor=written_off, allocated_minor=allocated
    )

    assert (found.open_minor, found.recovered_minor, found.payable_minor) == (
        open_,
        recovered,
        payable,
    )
    lost = written_off - recovered
    assert found.open_minor == 1000 - credited - lost - allocated


@pytest.mark.parametrize("changes", [{"voided": True}, {"total_minor": None, "number": None}])
def test_a_void_or_unheard_invoice_asks_for_nothing(changes: dict[str, Any]) -> None:
    found = position(credited_minor=10, written_off_minor=20, **changes)

    assert (found.open_minor, found.recovered_minor, found.payable_minor) == (0, 0, 0)


def test_a_part_taken_back_is_a_reversal_and_a_smaller_allocation() -> None:
    invoice, payment = position(), funds()
    ledger = Ledger([invoice], [payment])
    ledger.apply(payment, invoice.invoice_id, 1000, AT)

    ledger.free(payment, 300, AT)

    assert [move.amount_minor for move in ledger.moves] == [1000, -1000, 700]
    assert (invoice.allocated_minor, invoice.version) == (700, 4)
    assert payment.credit_minor == 300
    assert whole(payment)


def test_the_latest_allocation_gives_way_first() -> None:
    invoices, payment = [position(1), position(2)], funds(credit_minor=0)
    ledger = Ledger(invoices, [payment])
    payment.credit_minor = 1000
    for day, invoice in enumerate(invoices, start=1):
        ledger.apply(payment, invoice.invoice_id, 500, AT.replace(day=day))

    ledger.free(payment, 600, AT)

    assert [invoice.allocated_minor for invoice in invoices] == [400, 0]


def test_a_credit_note_takes_its_excess_off_and_a_write_off_keeps_it() -> None:
    invoice, payment = position(), funds()
    ledger = Ledger([invoice], [payment])
    ledger.apply(payment, invoice.invoice_id, 1000, AT)

    kept = adjust(ledger, invoice, 0, 400, AT)
    freed = adjust(ledger, invoice, 250, 400, AT)
    again = adjust(ledger, invoice, 100, 400, AT)

    assert (kept, freed, again) == ([], [(payment, 250)], [])
    assert (invoice.allocated_minor, invoice.recovered_minor, invoice.open_minor) == (750, 400, 0)
    assert whole(payment)


steps = st.lists(
    st.tuples(
        st.sampled_from(["apply", "free", "pay out", "credit note", "write off"]),
        st.integers(0, 2),
        st.integers(0, 1),
        st.integers(1, 1200),
    ),
    max_size=30,
)


@given(history=steps)
def test_no_history_of_moves_loses_a_cent_or_asks_for_less_than_nothing(
    history: list[tuple[str, int, int, int]],
) -> None:
    invoices = [position(each) for each in range(3)]
    payments = [funds(each) for each in range(100, 102)]
    ledger = Ledger(invoices, payments)

    for kind, which, whose, minor in history:
        invoice, payment = invoices[which], payments[whose]
        if kind == "apply":
            part = min(minor, payment.credit_minor, invoice.payable_minor)
            if part:
                ledger.apply(payment, invoice.invoice_id, part, AT)
        elif kind == "free":
            ledger.free(payment, min(minor, payment.left_minor), AT)
        elif kind == "pay out":
            part = min(minor, payment.left_minor)
            if part:
                ledger.free(payment, part, AT)
                ledger.pay_out(payment, ReturnKind.REFUND, part, "", date(2026, 11, 25))
        elif kind == "credit note":
            lost = invoice.written_off_minor - invoice.recovered_minor
            most = 1000 - invoice.credited_minor - lost
            credited = invoice.credited_minor + min(minor, most)
            adjust(ledger, invoice, credited, invoice.written_off_minor, AT)
        else:
            written_off = invoice.written_off_minor + min(minor, invoice.open_minor)
            adjust(ledger, invoice, invoice.credited_minor, written_off, AT)

        assert all(whole(each) for each in payments)
        for each in invoices:
            standing = sum(one.amount_minor for one in ledger.standing_on(each.invoice_id))
            assert each.allocated_minor == standing
            assert each.allocated_minor + each.credited_minor <= 1000
            assert 0 <= each.recovered_minor <= each.written_off_minor
            lost = each.written_off_minor - each.recovered_minor
            assert each.open_minor == 1000 - each.credited_minor - lost - each.allocated_minor >= 0
    (change,) = ledger.credit_changes().values() or [0]
    assert change == sum(each.credit_minor for each in payments) - 2000


@pytest.mark.parametrize(
    ("returns", "disputed", "status"),
    [
        ([], False, PaymentStatus.SUCCEEDED),
        ([], True, PaymentStatus.DISPUTED),
        ([("refund", 1)], False, PaymentStatus.PARTIALLY_REFUNDED),
        ([("refund", 1), ("refund", 9)], False, PaymentStatus.REFUNDED),
        ([("refund", 1)], True, PaymentStatus.DISPUTED),
        ([("refund", 1), ("chargeback", 2)], True, PaymentStatus.CHARGED_BACK),
        ([("refund", 1), ("reversal", 9)], False, PaymentStatus.REVERSED),
    ],
)
def test_the_worst_that_happened_names_a_payment(
    returns: list[tuple[str, int]], disputed: bool, status: PaymentStatus
) -> None:
    assert status_of(10, returns, disputed=disputed) is status
