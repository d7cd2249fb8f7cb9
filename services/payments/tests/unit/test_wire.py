"""Stripe's objects, old and new, as reports."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.processors import wire
from services.payments.processors.port import (
    DisputeReport,
    IntentReport,
    IntentStatus,
    RefundReport,
    RefundStatus,
)
from shared.contracts.payments import DisputeStatus
from shared.money import Money

PAYMENT_ID = UUID("0198c0de-0000-7000-8000-000000000001")
INTENT: dict[str, Any] = {
    "id": "pi_1",
    "object": "payment_intent",
    "amount": 4500,
    "currency": "usd",
    "status": "requires_payment_method",
    "metadata": {"payment_id": str(PAYMENT_ID)},
    "client_secret": "pi_1_secret",
}


def read(type_: str, made: dict[str, Any]) -> Any:
    body = {"id": "evt_1", "type": type_, "created": 1_800_000_000, "data": {"object": made}}
    return wire.event(orjson.dumps(body))


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, IntentStatus.CREATED),
        ({"status": "requires_action"}, IntentStatus.CREATED),
        ({"last_payment_error": {"code": "card_declined"}}, IntentStatus.FAILED),
        ({"status": "processing"}, IntentStatus.PROCESSING),
        ({"status": "requires_capture"}, IntentStatus.PROCESSING),
        ({"status": "canceled", "cancellation_reason": "abandoned"}, IntentStatus.CANCELLED),
        ({"status": "succeeded", "amount_received": 4500}, IntentStatus.SUCCEEDED),
        ({"status": "succeeded"}, IntentStatus.SUCCEEDED),
        ({"status": "some_day_new"}, IntentStatus.CREATED),
    ],
)
def test_a_payment_is_read_by_its_state(changes: dict[str, Any], status: IntentStatus) -> None:
    (report,) = read("payment_intent.anything", INTENT | changes).reports

    assert isinstance(report, IntentReport)
    assert (report.status, report.payment_id) == (status, PAYMENT_ID)
    assert report.at == datetime.fromtimestamp(1_800_000_000, UTC)
    money = Money(4500, "USD") if status is IntentStatus.SUCCEEDED else None
    assert report.received == money


def test_a_failed_attempt_is_one_even_where_the_object_is_silent_of_it() -> None:
    (report,) = read("payment_intent.payment_failed", INTENT).reports

    assert (report.status, report.reason) == (IntentStatus.FAILED, "payment_failed")


def test_a_refund_is_read_from_its_own_event_and_from_its_charge() -> None:
    refund = {"id": "re_1", "amount": 100, "currency": "usd", "status": "succeeded"}
    charge = {"payment_intent": {"id": "pi_1"}, "refunds": {"data": [refund]}}

    (own,) = read("refund.created", refund | {"payment_intent": "pi_1"}).reports
    (inside,) = read("charge.refunded", charge).reports

    assert own == inside
    assert isinstance(own, RefundReport)
    assert (own.amount, own.status) == (Money(100, "USD"), RefundStatus.SUCCEEDED)


def test_a_charge_that_does_not_list_its_refunds_has_the_processor_asked() -> None:
    event = read("charge.refunded", {"payment_intent": "pi_1", "amount_refunded": 100})

    assert (event.reports, event.look_at) == ((), "pi_1")


@pytest.mark.parametrize(
    ("status", "read_as"),
    [
        ("needs_response", DisputeStatus.OPEN),
        ("under_review", DisputeStatus.OPEN),
        ("won", DisputeStatus.WON),
        ("warning_closed", DisputeStatus.WON),
        ("lost", DisputeStatus.LOST),
    ],
)
def test_a_dispute_is_open_won_or_lost(status: str, read_as: DisputeStatus) -> None:
    made = {"id": "dp_1", "amount": 5, "currency": "usd", "status": status, "payment_intent": "pi"}
    (report,) = read("charge.dispute.updated", made).reports

    assert isinstance(report, DisputeReport)
    assert report.status is read_as


def test_what_is_of_no_concern_reports_nothing() -> None:
    assert read("customer.created", {"id": "cus_1"}).reports == ()
    assert read("refund.created", {"id": "re", "amount": 1, "currency": "usd"}).reports == ()


@given(st.integers(0, 10**12), st.sampled_from(["USD", "CLP", "JPY", "KWD", "ISK", "UGX"]))
def test_an_amount_comes_back_as_it_went(minor: int, currency: str) -> None:
    amount = Money(minor, currency)

    assert wire.from_wire(wire.to_wire(amount), currency.lower()) == amount


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "status", "amount", "currency", "data"]), inner)
    ),
    max_leaves=10,
)


@given(
    st.sampled_from(
        ["payment_intent.succeeded", "charge.refunded", "refund.created", "charge.dispute.closed"]
    ),
    json_values,
    json_values,
)
def test_an_event_of_another_form_is_a_value_error_and_nothing_else(
    type_: str, made: object, created: object
) -> None:
    body = orjson.dumps({"id": "e", "type": type_, "created": created, "data": {"object": made}})

    with suppress(ValueError):
        wire.event(body)
