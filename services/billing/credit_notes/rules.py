"""What a credit note takes back of each item of its invoice.

Pure: items with what earlier notes took back in, shares out. Nothing is lost or made by
rounding: the notes of an item always come to the net and the tax of the item when all of it
is credited, in however many steps. That is so because a step is the difference of two points
on one line, each rounded (half to even) by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from services.billing.credit_notes.problems import (
    CreditExceedsItem,
    ItemUnknown,
    NothingToCredit,
)
from shared.money import Money

NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the invoice, and what is credited of it already."""

    position: int
    description: str
    quantity: Decimal
    tax_rate: Decimal
    net_minor: int
    tax_minor: int
    credited_net_minor: int = 0
    credited_tax_minor: int = 0
    credited_quantity: Decimal = NOTHING

    @property
    def gross_minor(self) -> int:
        """What the item came to, tax included."""
        return self.net_minor + self.tax_minor

    @property
    def credited_minor(self) -> int:
        """What is credited of it, tax included."""
        return self.credited_net_minor + self.credited_tax_minor

    @property
    def left_minor(self) -> int:
        """What can still be credited of it, tax included."""
        return self.gross_minor - self.credited_minor

    @property
    def left_quantity(self) -> Decimal:
        """The quantity that no note has taken back."""
        return self.quantity - self.credited_quantity


@dataclass(frozen=True, slots=True)
class Wish:
    """An item to credit: so many of it, or an amount (tax included), or what is left of it."""

    position: int
    quantity: Decimal | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What a note takes back of one item."""

    position: int
    description: str
    quantity: Decimal | None
    tax_rate: Decimal
    net_minor: int
    tax_minor: int

    @property
    def gross_minor(self) -> int:
        """Tax included."""
        return self.net_minor + self.tax_minor


def without_returns(items: Sequence[Item], currency: str) -> list[Item]:
    """The items that ask for something, less what the invoice's own items give back.

    An item of a bill run may give back days that were paid ahead and not used. It lowers the
    others in proportion to them, so that together they come to the invoice's total.
    """
    returned = -sum(item.gross_minor for item in items if item.gross_minor < 0)
    asking = [item for item in items if item.gross_minor >= 0]
    if not returned:
        return asking
    parts = Money(returned, currency).split([item.gross_minor for item in asking])
    return [
        _lowered(item, item.gross_minor - part.minor)
        for item, part in zip(asking, parts, strict=True)
    ]


def _lowered(item: Item, gross_minor: int) -> Item:
    """The item at a lower gross, its tax in proportion."""
    if not item.gross_minor:
        return item
    tax = _point(item.tax_minor, Decimal(gross_minor), Decimal(item.gross_minor))
    return replace(item, net_minor=gross_minor - tax, tax_minor=tax)


def by_amount(items: Sequence[Item], amount: Money) -> list[Share]:
    """Spread an amount (tax included) over what is left of the items, in proportion to it.

    The amount is at most what is left of all items together.
    """
    left = [item.left_minor for item in items]
    if not amount or sum(left) == 0:
        raise NothingToCredit
    parts = amount.split(left)
    return [
        _share(item, part.minor, None)
        for item, part in zip(items, parts, strict=True)
        if part.minor
    ]


def by_items(items: Sequence[Item], wishes: Sequence[Wish], currency: str) -> list[Share]:
    """Credit the wished items; raises ItemUnknown, CreditExceedsItem and NothingToCredit."""
    known = {item.position: item for item in items}
    shares = []
    for wish in wishes:
        item = known.get(wish.position)
        if item is None:
            raise ItemUnknown(wish.position, sorted(known))
        shares.append(_wished(item, wish, currency))
    found = [share for share in shares if share.gross_minor]
    if not found:
        raise NothingToCredit
    return found


def _wished(item: Item, wish: Wish, currency: str) -> Share:
    if wish.amount_minor is not None:
        amount, quantity = wish.amount_minor, None
    elif wish.quantity is not None:
        if wish.quantity > item.left_quantity:
            raise CreditExceedsItem(item.position, f"{item.left_quantity.normalize():f}")
        amount, quantity = _worth(item, wish.quantity), wish.quantity
    else:
        amount, quantity = item.left_minor, None
    if amount > item.left_minor:
        raise CreditExceedsItem(item.position, str(Money(item.left_minor, currency)))
    return _share(item, amount, quantity)


def _worth(item: Item, quantity: Decimal) -> int:
    """The gross amount of so many of the item, beside those credited before."""
    before = _point(item.gross_minor, item.credited_quantity, item.quantity)
    after = _point(item.gross_minor, item.credited_quantity + quantity, item.quantity)
    return after - before


def _share(item: Item, amount_minor: int, quantity: Decimal | None) -> Share:
    """An amount of the item, cut into net and tax."""
    upto = Decimal(item.credited_minor + amount_minor)
    taxed = _point(item.tax_minor, upto, Decimal(item.gross_minor)) if item.gross_minor else 0
    tax = taxed - item.credited_tax_minor
    return Share(item.position, item.description, quantity, item.tax_rate, amount_minor - tax, tax)


def _point(whole: int, part: Decimal, of: Decimal) -> int:
    """`part` of `of`, on a scale from 0 to `whole`, rounded half to even."""
    return round(whole * Fraction(part) / Fraction(of))
