"""Which payments share a transaction."""

import asyncio
from collections import deque
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.payments.payments.asks import Ask
from services.payments.payments.till import LARGEST_GROUP, Waiting, next_group
from shared.contracts.payments import PaymentMethod
from shared.money import Money


def queue(*asks: tuple[int, int, str]) -> deque[Waiting]:
    """A queue of asks, each an organization, an invoice and a key."""
    loop = asyncio.new_event_loop()
    waiting = deque(
        (
            Ask(
                organization_id=UUID(int=organization),
                target_id=UUID(int=invoice),
                amount=Money(1, "USD"),
                method=PaymentMethod.CASH,
                key=key,
                fingerprint=b"",
            ),
            loop.create_future(),
        )
        for organization, invoice, key in asks
    )
    loop.close()
    return waiting


def keys(group: list[Waiting] | deque[Waiting]) -> str:
    """The keys of a group, in order."""
    return "".join(ask.key for ask, _ in group)


def test_payments_of_different_invoices_go_together() -> None:
    waiting = queue((1, 1, "a"), (1, 2, "b"), (1, 3, "c"))

    assert keys(next_group(waiting)) == "abc"
    assert not waiting


def test_a_second_payment_of_an_invoice_waits_for_the_next_group() -> None:
    waiting = queue((1, 1, "a"), (1, 1, "b"), (1, 2, "c"), (1, 1, "d"))

    assert [keys(next_group(waiting)) for _ in range(3)] == ["ac", "b", "d"]


def test_a_second_use_of_a_key_waits_for_the_next_group() -> None:
    waiting = queue((1, 1, "a"), (1, 2, "a"), (1, 3, "b"))

    assert [keys(next_group(waiting)) for _ in range(2)] == ["ab", "a"]


def test_organizations_do_not_share_a_transaction() -> None:
    waiting = queue((1, 1, "a"), (2, 2, "b"), (1, 3, "c"), (2, 4, "d"))

    assert [keys(next_group(waiting)) for _ in range(2)] == ["ac", "bd"]


def test_a_group_has_an_end() -> None:
    waiting = queue(*((1, each, str(each)) for each in range(LARGEST_GROUP + 5)))

    assert len(next_group(waiting)) == LARGEST_GROUP
    assert len(waiting) == 5


asks = st.lists(st.tuples(st.integers(1, 2), st.integers(1, 4), st.sampled_from("abcd")))


@given(asks.filter(bool))
def test_everyone_is_served_once_and_payments_of_one_invoice_in_order(
    asked: list[tuple[int, int, str]],
) -> None:
    waiting = queue(*asked)
    everyone = list(waiting)
    served: list[Waiting] = []
    while waiting:
        group = next_group(waiting)
        assert len({ask.target_id for ask, _ in group}) == len(group)
        assert len({ask.key for ask, _ in group}) == len(group)
        assert len({ask.organization_id for ask, _ in group}) == 1
        served += group

    assert len(served) == len(everyone)
    for organization, invoice in {(ask.organization_id, ask.target_id) for ask, _ in everyone}:

        def payers(queue: list[Waiting], of: tuple[UUID, UUID]) -> list[UUID]:
            return [
                ask.payment_id for ask, _ in queue if (ask.organization_id, ask.target_id) == of
            ]

        of = organization, invoice
        assert payers(served, of) == payers(everyone, of)
