"""What a credit note takes back: never more than there is, never a cent lost."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.billing.credit_notes.problems import (
    CreditExceedsItem,
    ItemUnknown,
    NothingToCredit,
)
from services.billing.credit_notes.rules import (
    Item,
    Share,
    Wish,
    by_amount,
    by_items,
    without_returns,
)
from services.billing.invoices.rules import Charge, price
from shared.money import Money

THIRDS = Item(1, "Modem", Decimal(3), Decimal(15), 8_70, 1_30)

rates = st.sampled_from([Decimal(0), Decimal(12), Decimal("8.875"), Decimal(100)])


@st.composite
def invoices(draw: st.DrawFn) -> list[Item]:
    """Priced items of an invoice of which nothing is credited."""
    found = []
    for position in range(1, draw(st.integers(1, 5)) + 1):
        quantity = draw(st.decimals(min_value=Decimal("0.5"), max_value=9, places=1))
        charge = Charge("x", quantity, draw(st.integers(0, 5_000)), draw(rates))
        priced = price(charge, "USD")
        found.append(
            Item(position, "x", quantity, charge.tax_rate, priced.net_minor, priced.tax_minor)
        )
    return found


def after(items: Sequence[Item], shares: Sequence[Share]) -> list[Item]:
    """The items once a note was issued."""
    taken = {share.position: share for share in shares}
    return [
        replace(
            item,
            credited_net_minor=item.credited_net_minor + taken[item.position].net_minor,
            credited_tax_minor=item.credited_tax_minor + taken[item.position].tax_minor,
            credited_quantity=item.credited_quantity
            + (taken[item.position].quantity or Decimal(0)),
        )
        if item.position in taken
        else item
        for item in items
    ]


def test_a_third_of_an_item_taken_three_times_is_the_item() -> None:
    items, notes = [THIRDS], []
    for _ in range(3):
        notes += by_items(items, [Wish(1, Decimal(1))], "USD")
        items = after(items, notes[-1:])

    assert [(note.net_minor, note.tax_minor) for note in notes] == [
        (290, 43),
        (290, 44),
        (290, 43),
    ]
    assert items[0].left_minor == 0
    with pytest.raises(CreditExceedsItem):
        by_items(items, [Wish(1, Decimal(1))], "USD")


def test_an_amount_is_spread_over_items_by_what_is_left_of_them() -> None:
    items = [
        Item(1, "a", Decimal(1), Decimal(0), 3_000, 0),
        Item(2, "b", Decimal(1), Decimal(15), 6_000, 900),
        Item(3, "free", Decimal(1), Decimal(0), 0, 0),
    ]

    shares = by_amount(items, Money(3_300, "USD"))

    assert [(share.position, share.net_minor, share.tax_minor) for share in shares] == [
        (1, 1_000, 0),
        (2, 2_000, 300),
    ]


def test_an_item_is_credited_by_amount_up_to_what_is_left() -> None:
    (share,) = by_items([THIRDS], [Wish(1, None, 1_000)], "USD")

    assert (share.net_minor, share.tax_minor) == (870, 130)
    with pytest.raises(CreditExceedsItem) as refusal:
        by_items([THIRDS], [Wish(1, None, 1_001)], "USD")
    assert refusal.value.members["left"] == "10.00 USD"


def test_an_unknown_item_and_nothing_at_all_are_refused() -> None:
    with pytest.raises(ItemUnknown):
        by_items([THIRDS], [Wish(2)], "USD")
    with pytest.raises(NothingToCredit):
        by_amount([THIRDS], Money(0, "USD"))
    with pytest.raises(NothingToCredit):
        by_items([replace(THIRDS, net_minor=0, tax_minor=0)], [Wish(1)], "USD")


@given(invoices(), st.data())
def test_notes_in_any_steps_come_to_the_net_and_tax_of_every_item(
    items: list[Item], data: st.DataObject
) -> None:
    original, steps = items, 0
    while left := sum(item.left_minor for item in items):
        steps += 1
        if steps > 6 or data.draw(st.booleans()):
            amount = left if steps > 6 else data.draw(st.integers(1, left))
            shares = by_amount(items, Money(amount, "USD"))
            assert sum(share.gross_minor for share in shares) == amount
        else:
            item = data.draw(st.sampled_from([item for item in items if item.left_minor]))
            minor = data.draw(st.integers(1, item.left_minor))
            shares = by_items(items, [Wish(item.position, None, minor)], "USD")
        assert all(share.net_minor >= 0 and share.tax_minor >= 0 for share in shares)
        items = after(items, shares)

    assert [(item.credited_net_minor, item.credited_tax_minor) for item in items] == [
        (item.net_minor, item.tax_minor) for item in original
    ]


@given(invoices(), st.data())
def test_quantities_in_any_steps_come_to_the_item(items: list[Item], data: st.DataObject) -> None:
    item, steps = items[0], 0
    while item.left_quantity > 0:
        most, steps = int(item.left_quantity * 10), steps + 1
        quantity = Decimal(most if steps > 6 else data.draw(st.integers(1, most))) / 10
        try:
            shares = by_items([item], [Wish(1, quantity)], "USD")
        except NothingToCredit:
            shares = [Share(1, "x", quantity, item.tax_rate, 0, 0)]
        (item,) = after([item], shares)

    assert item.left_minor == 0
    assert item.credited_tax_minor == item.tax_minor


@given(invoices(), st.lists(st.integers(1, 4_000), min_size=1, max_size=3), rates)
def test_what_an_invoice_gives_back_itself_lowers_its_other_items(
    items: list[Item], returned: list[int], rate: Decimal
) -> None:
    position = len(items)
    back = []
    for at, minor in enumerate(returned, start=position + 1):
        priced = price(Charge("unused days", Decimal(1), -minor, rate), "USD")
        back.append(Item(at, "-", Decimal(1), rate, priced.net_minor, priced.tax_minor))
    total = sum(item.gross_minor for item in (*items, *back))
    assume(total > 0)

    left = without_returns([*items, *back], "USD")

    assert sum(item.gross_minor for item in left) == total
    assert [item.position for item in left] == [item.position for item in items]
    for now, then in zip(left, items, strict=True):
        assert 0 <= now.gross_minor <= then.gross_minor
        assert 0 <= now.tax_minor <= then.tax_minor
    shares = by_amount(left, Money(total, "USD"))
    assert sum(share.gross_minor for share in shares) == total
