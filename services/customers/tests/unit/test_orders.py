"""Which of several orders counts."""

from hypothesis import given
from hypothesis import strategies as st

from services.customers.lines.orders import Order, newest
from services.customers.tests.builders import reactivate, suspend
from shared.ids import new_id
from shared.testing.bed import envelope

ORG = new_id()
LINES = [new_id(), new_id()]


def order(line: int, generation: int, *, suspends: bool) -> Order:
    make = suspend if suspends else reactivate
    return envelope(make(LINES[line], generation), ORG)


def test_the_latest_generation_of_a_line_counts() -> None:
    old, new, other = (
        order(0, 1, suspends=True),
        order(0, 2, suspends=False),
        order(1, 1, suspends=True),
    )

    assert newest([old, other, new]) == newest([new, old, other]) == [new, other]


def test_the_same_order_twice_is_one_order() -> None:
    once = order(0, 1, suspends=True)

    assert newest([once, once]) == [once]


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 9)), max_size=20), st.randoms())
def test_the_order_of_arrival_does_not_matter(
    drawn: list[tuple[int, int]],
    random: "st.Random",  # type: ignore[name-defined]
) -> None:
    orders = [order(line, generation, suspends=True) for line, generation in set(drawn)]
    shuffled = random.sample(orders, len(orders))

    assert {one.id for one in newest(orders)} == {one.id for one in newest(shuffled)}
