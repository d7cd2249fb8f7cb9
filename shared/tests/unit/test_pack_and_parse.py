"""What the relay writes, the consumer reads: one by one, packed, and broken."""

import json
from datetime import date
from uuid import UUID

import pytest
from cloudevents.core.formats.json import JSONFormat
from hypothesis import given
from hypothesis import strategies as st

from shared.bus.pack import BATCH, MOST_BYTES, MOST_EVENTS, SINGLE, StoredEvent, pack
from shared.bus.parse import parse
from shared.contracts.billing import InvoiceVoided
from shared.contracts.payments import AllocationMade
from shared.ids import new_id

ORGANIZATION = new_id()


def allocation(amount: int = 100) -> AllocationMade:
    return AllocationMade(
        allocation_id=new_id(),
        payment_id=new_id(),
        invoice_id=new_id(),
        customer_id=new_id(),
        line_id=None,
        amount_minor=amount,
        currency="USD",
        received_on=date(2026, 11, 21),
        allocated_minor=amount,
        open_minor=0,
        receivable_version=1,
    )


def stored(
    data: AllocationMade | InvoiceVoided,
    seq: int = 1,
    *,
    subject: str = "x",
    trace: str | None = None,
) -> StoredEvent:
    return StoredEvent(
        seq,
        str(new_id()),
        data.type,
        str(ORGANIZATION),
        json.dumps(subject),
        3,
        "2026-11-21T10:00:00.000001Z",
        None,
        trace,
        data.model_dump_json(),
    )


def test_a_single_event_is_read_back_as_it_was_emitted() -> None:
    data = allocation()
    [message] = pack("payments", [stored(data, trace="00-" + "a" * 32 + "-" + "b" * 16 + "-01")])

    [event] = parse(message.body, message.content_type, message.type).events

    assert message.content_type == SINGLE
    assert event.data == data
    assert event.organization == ORGANIZATION
    assert event.aggregateversion == 3
    assert event.traceparent == "00-" + "a" * 32 + "-" + "b" * 16 + "-01"


def test_an_envelope_is_a_cloudevent_by_the_official_library() -> None:
    event = JSONFormat().read(None, stored(allocation()).envelope("payments").encode())

    assert event.get_type() == "payments.allocation-made.v1"
    assert event.get_source() == "duesline/payments"


def test_a_backlog_of_one_type_travels_in_few_messages_in_order() -> None:
    rows = [stored(allocation(amount), amount) for amount in range(1, 2 * MOST_EVENTS + 2)]

    packs = pack("payments", rows)

    assert [item.events for item in packs] == [MOST_EVENTS, MOST_EVENTS, 1]
    assert packs[0].content_type == BATCH
    amounts = [
        event.data.amount_minor
        for item in packs
        for event in parse(item.body, item.content_type, item.type).events
    ]
    assert amounts == list(range(1, 2 * MOST_EVENTS + 2))


def test_a_pack_holds_one_type_and_a_bounded_number_of_bytes() -> None:
    long = InvoiceVoided(
        invoice_id=new_id(),
        customer_id=new_id(),
        line_id=None,
        version=1,
        reason="x" * (MOST_BYTES // 3),
    )
    packs = pack("billing", [stored(long), stored(allocation()), stored(long), stored(long)])

    assert sorted((item.type, item.events) for item in packs) == [
        ("billing.invoice-voided.v1", 1),
        ("billing.invoice-voided.v1", 2),
        ("payments.allocation-made.v1", 1),
    ]
    assert all(len(item.body) <= MOST_BYTES + 1024 for item in packs)


@given(st.text(max_size=50))
def test_any_subject_survives_the_envelope(subject: str) -> None:
    row = stored(allocation(), subject=subject)

    [event] = parse(
        row.envelope("payments").encode("utf-8", "surrogatepass"), SINGLE, row.type
    ).events

    assert event.subject == subject


def test_one_bad_event_of_a_pack_is_set_apart_and_the_others_are_read() -> None:
    good = [stored(allocation(n), n) for n in (1, 2, 3)]
    broken = good[1]._replace(data='{"amount_minor": -5}')
    body = f"[{','.join(r.envelope('payments') for r in (good[0], broken, good[2]))}]".encode()

    parsed = parse(body, BATCH, good[0].type)

    assert [event.data.amount_minor for event in parsed.events] == [1, 3]
    assert [piece.reason for piece in parsed.unreadable] == ["invalid"]
    assert json.loads(parsed.unreadable[0].body)["id"] == broken.event_id


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xff\xfe", "not-json"),
        (b"", "not-json"),
        (b"17", "unknown-type"),
        (b'"text"', "unknown-type"),
        (b"null", "unknown-type"),
        (b'{"type": "payments.never-heard-of.v1"}', "unknown-type"),
        (b'{"type": 5}', "unknown-type"),
        (b'{"type": "payments.allocation-made.v1"}', "invalid"),
    ],
)
def test_what_is_no_event_is_kept_with_its_reason(body: bytes, reason: str) -> None:
    parsed = parse(body, SINGLE, "payments.allocation-made.v1")

    assert parsed.events == []
    assert [piece.reason for piece in parsed.unreadable] == [reason]


@given(st.binary(max_size=200))
def test_no_body_whatever_raises(body: bytes) -> None:
    parsed = parse(body, None, None)

    assert parsed.events == []
    assert len(parsed.unreadable) in {0, 1} or body.startswith(b"[")


def test_unknown_members_are_ignored_so_that_v1_may_grow() -> None:
    row = stored(allocation())
    grown = row._replace(data=row.data[:-1] + ',"added_later": true}')

    [event] = parse(grown.envelope("payments").encode(), SINGLE, row.type).events

    assert isinstance(event.id, UUID)
