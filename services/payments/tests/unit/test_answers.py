"""The payment as the API shows it."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from services.payments.payments.answers import PaymentOut
from services.payments.payments.asks import Ask, Outcome
from services.payments.payments.rules import Refusal, Surplus, Target
from services.payments.payments.store import instant_text
from shared.contracts.payments import PaymentMethod
from shared.ids import new_id
from shared.money import Money


def row(*amounts: int, **changes: Any) -> dict[str, Any]:
    """A payment of 50.00 USD with allocations of some amounts."""
    at = datetime(2026, 11, 21, 12, 0, tzinfo=timezone(timedelta(hours=-5)))
    payment = {
        "id": new_id(),
        "customer_id": new_id(),
        "amount_minor": 5000,
        "currency": "USD",
        "method": "cash",
        "reference": None,
        "received_on": "2026-11-21",
        "recorded_at": at,
        "recorded_by": None,
        "deposit_account_id": new_id(),
        "provider": None,
        "returns": [],
        "allocations": [
            {
                "id": new_id(),
                "invoice_id": new_id(),
                "number": "INV-1",
                "amount_minor": amount,
                "reverses": None,
                "made_at": at,
            }
            for amount in amounts
        ],
    }
    return payment | changes


@pytest.mark.parametrize(
    ("amounts", "allocated", "credited"),
    [
        ([], "0.00", "50.00"),
        ([4500], "45.00", "5.00"),
        ([2000, 3000], "50.00", "0.00"),
        ([2000, 3000, -2000], "30.00", "20.00"),
    ],
)
def test_what_is_not_allocated_is_credit(amounts: list[int], allocated: str, credited: str) -> None:
    shown = PaymentOut.of(row(*amounts))
    assert (shown.allocated.amount, shown.credited.amount) == (allocated, credited)


def test_instants_are_shown_in_utc() -> None:
    shown = PaymentOut.of(row(1)).model_dump(mode="json")
    assert shown["recorded_at"] == "2026-11-21T17:00:00Z"
    assert shown["allocations"][0]["made_at"] == "2026-11-21T17:00:00Z"


@pytest.mark.parametrize("microsecond", [0, 1, 120000, 999999])
def test_an_instant_is_written_alike_by_sql_and_by_the_model(microsecond: int) -> None:
    at = datetime(2026, 11, 21, 17, 0, 0, microsecond, UTC)
    shown = PaymentOut.of(row(recorded_at=at)).model_dump(mode="json")
    assert shown["recorded_at"] == instant_text(at)


def ask(**changes: Any) -> Ask:
    """Money for something."""
    facts: dict[str, Any] = {
        "organization_id": new_id(),
        "target_id": new_id(),
        "amount": Money(123, "KWD"),
        "method": PaymentMethod.BANK_TRANSFER,
        "key": "k",
        "fingerprint": b"\x00\xff",
    }
    return Ask(**(facts | changes))


def test_an_ask_is_told_to_the_database_in_plain_values() -> None:
    told = ask(surplus=Surplus.CREDIT, reference="slip").facts()
    assert told["amount_minor"] == 123
    assert (told["amount"], told["exponent"]) == ("0.123", 3)
    assert told["fingerprint"] == "\\x00ff"
    assert told["credit_surplus"] is True
    assert (told["received_on"], told["recorded_by"]) == (None, None)
    assert told["method"] == "bank_transfer"


def test_each_ask_is_a_payment_of_its_own() -> None:
    assert ask().payment_id != ask().payment_id


def test_an_organization_not_heard_of_yet_is_worth_waiting_for() -> None:
    assert Outcome(None, None, None).refusal(ask()) is Refusal.UNKNOWN


def test_an_ask_without_a_date_is_judged_by_today() -> None:
    today = datetime(2026, 11, 21, tzinfo=UTC).date()
    target = Target(123, "KWD")
    taken = Outcome(None, today, target, landed_in=new_id())
    assert taken.refusal(ask()) is None
    assert Outcome(None, today, target).refusal(ask()) is Refusal.NOWHERE_TO_LAND
    late = ask(received_on=today + timedelta(days=1))
    assert Outcome(None, today, target).refusal(late) is Refusal.NOT_YET_RECEIVED
