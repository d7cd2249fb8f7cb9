"""What a page of rows changes, judged against what is known."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.customers.imports.rules import Known, KnownLine, Outcome, apply_rows, read_rows
from services.customers.lines.rules import LineEvent
from services.customers.tests.builders import cedula, line_row, row
from shared.contracts.customers import CustomerFacts, HoldReason, LineStatus
from shared.contracts.ingestion import CustomerRow
from shared.ids import external_id, new_id

ORG = new_id()
NOTHING = Known(customers={}, lines={})


def judge(*rows: CustomerRow, known: Known = NOTHING) -> Outcome:
    return apply_rows(read_rows(rows, "EC"), known, currency="USD")


def after(outcome: Outcome, known: Known = NOTHING) -> Known:
    """What is known once an outcome is stored."""
    customers = {**known.customers, **outcome.customers}
    lines = dict(known.lines)
    for line_id, (facts, _) in outcome.lines.items():
        earlier = known.lines.get(line_id)
        activated = (earlier is not None and earlier.activated) or facts.status in (
            LineStatus.ACTIVE,
            LineStatus.SUSPENDED,
        )
        lines[line_id] = KnownLine(facts, activated)
    owners = {one.national_id: one.customer_id for one in customers.values() if one.national_id}
    return Known(customers, lines, owners)


def the_line(outcome: Outcome, ref: str = "A", number: int = 1) -> LineStatus:
    return outcome.lines[external_id(ORG, "line", f"{ref}/{number}")][0].status


def test_a_new_customer_and_line_are_created() -> None:
    outcome = judge(row(ORG, "A", national_id="171003406-5", line=line_row(ORG, "A")))

    (customer,) = outcome.customers.values()
    assert (customer.version, customer.national_id, customer.active) == (1, "1710034065", True)
    assert the_line(outcome) is LineStatus.ACTIVE
    assert (outcome.created, outcome.updated, outcome.unchanged) == (1, 0, 0)


def test_the_same_rows_again_change_nothing() -> None:
    rows = (
        row(ORG, "A", 2, email="A@example.com", line=line_row(ORG, "A")),
        row(ORG, "A", 3, line=line_row(ORG, "A", 2, status="not_installed")),
        row(ORG, "B", 4, phone="0991234567"),
    )
    again = judge(*rows, known=after(judge(*rows)))

    assert (again.customers, again.lines) == ({}, {})
    assert (again.created, again.updated, again.unchanged) == (0, 0, 3)


def test_only_what_differs_is_updated() -> None:
    first = judge(row(ORG, "A", line=line_row(ORG, "A")), row(ORG, "B", 3, line=line_row(ORG, "B")))
    second = judge(
        row(ORG, "A", line=line_row(ORG, "A", price_minor=3_000)),
        row(ORG, "B", 3, email="b@example.com", line=line_row(ORG, "B")),
        known=after(first),
    )

    assert [facts.price_minor for facts, _ in second.lines.values()] == [3_000]
    assert [facts.version for facts, _ in second.lines.values()] == [2]
    (customer,) = second.customers.values()
    assert (customer.external_ref, customer.version) == ("B", 2)
    assert (second.updated, second.unchanged) == (2, 0)


def test_a_blank_cell_leaves_what_is_known() -> None:
    first = judge(row(ORG, "A", email="a@example.com", line=line_row(ORG, "A")))
    second = judge(row(ORG, "A", line=line_row(ORG, "A", installed_on=None)), known=after(first))

    assert second.unchanged == 1


def test_two_lines_of_one_customer_are_two_rows_of_one_file() -> None:
    outcome = judge(
        row(ORG, "A", 2, email="a@example.com", line=line_row(ORG, "A", 1)),
        row(ORG, "A", 3, phone="0991234567", line=line_row(ORG, "A", 2)),
    )

    (customer,) = outcome.customers.values()
    assert (customer.version, customer.email, customer.phone) == (
        1,
        "a@example.com",
        "+593991234567",
    )
    assert (len(outcome.lines), outcome.created) == (2, 2)


@pytest.mark.parametrize(
    ("facts", "column"),
    [
        ({"name": "Somebody Else"}, "customer_name"),
        ({"national_id": cedula(2)}, "national_id"),
        ({"email": "other@example.com"}, "email"),
        ({"phone": "0997654321"}, "phone"),
    ],
)
def test_a_row_that_contradicts_an_earlier_one_is_refused(
    facts: dict[str, str], column: str
) -> None:
    known = {
        "name": "Ana",
        "national_id": cedula(1),
        "email": "ana@example.com",
        "phone": "0991234567",
    }
    outcome = judge(row(ORG, "A", 2, **known), row(ORG, "A", 3, **(known | facts)))

    (refusal,) = outcome.refused
    assert (refusal.row, refusal.column) == (3, column)
    assert "row 2" in refusal.message
    assert outcome.created == 1


def test_a_line_told_in_two_ways_is_refused_the_second_time() -> None:
    outcome = judge(
        row(ORG, "A", 2, line=line_row(ORG, "A")),
        row(ORG, "A", 3, line=line_row(ORG, "A")),
        row(ORG, "A", 4, line=line_row(ORG, "A", price_minor=1)),
    )

    assert [(one.row, one.column) for one in outcome.refused] == [(4, "line_number")]
    assert (outcome.created, outcome.unchanged) == (1, 1)


@pytest.mark.parametrize(
    ("facts", "column"),
    [
        ({"national_id": "1710034066"}, "national_id"),
        ({"email": "nobody"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"name": "  "}, "customer_name"),
    ],
)
def test_a_row_that_cannot_be_stored_is_refused_and_the_rest_is_applied(
    facts: dict[str, str], column: str
) -> None:
    outcome = judge(row(ORG, "A", 2, **facts), row(ORG, "B", 3))

    assert [(one.row, one.column) for one in outcome.refused] == [(2, column)]
    assert [one.external_ref for one in outcome.customers.values()] == ["B"]


def test_a_national_id_belongs_to_one_customer() -> None:
    in_one_page = judge(
        row(ORG, "A", 2, national_id=cedula(1)), row(ORG, "B", 3, national_id=cedula(1))
    )
    owned = Known({}, {}, {cedula(1): new_id()})
    by_another = judge(row(ORG, "C", 2, national_id=cedula(1)), known=owned)

    assert [(one.row, one.column) for one in in_one_page.refused] == [(3, "national_id")]
    assert [(one.row, one.column) for one in by_another.refused] == [(2, "national_id")]
    assert by_another.customers == {}


def test_a_former_customer_is_not_brought_back_by_a_file() -> None:
    known = after(judge(row(ORG, "A", line=line_row(ORG, "A"))))
    (customer,) = known.customers.values()
    gone = {customer.customer_id: customer.model_copy(update={"active": False})}
    outcome = judge(
        row(ORG, "A", name="New", line=line_row(ORG, "A", 2)),
        known=Known(gone, known.lines, known.owners),
    )

    assert [one.column for one in outcome.refused] == ["customer_ref"]
    assert (outcome.customers, outcome.lines) == ({}, {})


def _known_line(**facts: object) -> Known:
    stored = after(judge(row(ORG, "A", line=line_row(ORG, "A", status="not_installed"))))
    ((line_id, known),) = stored.lines.items()
    activated = facts.get("status") in (LineStatus.ACTIVE, LineStatus.SUSPENDED)
    changed = KnownLine(known.facts.model_copy(update=facts), activated)
    return Known(stored.customers, {line_id: changed}, stored.owners)


def test_a_file_puts_a_line_into_service() -> None:
    outcome = judge(row(ORG, "A", line=line_row(ORG, "A")), known=_known_line())

    ((facts, change),) = outcome.lines.values()
    assert (facts.status, facts.version, change.event) == (
        LineStatus.ACTIVE,
        2,
        LineEvent.ACTIVATED,
    )


def test_a_file_that_installs_a_held_line_finds_it_suspended() -> None:
    held = _known_line(holds=(HoldReason.FRAUD,))
    outcome = judge(row(ORG, "A", line=line_row(ORG, "A")), known=held)

    assert the_line(outcome) is LineStatus.SUSPENDED


def test_a_file_takes_no_line_out_of_service() -> None:
    active = _known_line(status=LineStatus.ACTIVE)
    suspended = _known_line(status=LineStatus.SUSPENDED, holds=(HoldReason.NON_PAYMENT,))
    uninstalled = row(ORG, "A", line=line_row(ORG, "A", status="not_installed"))

    assert judge(uninstalled, known=active).unchanged == 1
    assert judge(uninstalled, known=suspended).unchanged == 1


def test_a_suspended_line_stays_suspended_when_its_price_changes() -> None:
    suspended = _known_line(status=LineStatus.SUSPENDED, holds=(HoldReason.NON_PAYMENT,))
    outcome = judge(row(ORG, "A", line=line_row(ORG, "A", price_minor=9)), known=suspended)

    ((facts, change),) = outcome.lines.values()
    assert (facts.status, facts.holds) == (LineStatus.SUSPENDED, (HoldReason.NON_PAYMENT,))
    assert change.event is LineEvent.UPDATED


def test_a_cancelled_line_stays_as_it_is_and_its_row_is_no_error() -> None:
    cancelled = _known_line(status=LineStatus.CANCELLED)
    outcome = judge(row(ORG, "A", line=line_row(ORG, "A", price_minor=9)), known=cancelled)

    assert (outcome.lines, outcome.unchanged, outcome.refused) == ({}, 1, [])


refs = st.sampled_from(["A", "B", "C"])
rows_of_a_file = st.lists(
    st.builds(
        lambda ref, number, name, nid, email, price, status: row(
            ORG,
            ref,
            name=name,
            national_id=None if nid is None else cedula(nid),
            email=email,
            line=line_row(ORG, ref, number, price_minor=price, status=status),
        ),
        refs,
        st.integers(1, 2),
        st.sampled_from(["Ana", "Luis"]),
        st.none() | st.integers(0, 3),
        st.none() | st.sampled_from(["a@example.com", "b@example.com", "bad"]),
        st.integers(0, 2),
        st.sampled_from(["active", "not_installed"]),
    ),
    max_size=8,
)


@settings(max_examples=60)
@given(rows_of_a_file, rows_of_a_file)
def test_any_file_twice_changes_nothing_and_every_row_is_answered(
    earlier: list[CustomerRow], rows: list[CustomerRow]
) -> None:
    known = after(judge(*earlier))
    once = judge(*rows, known=known)
    stored = after(once, known)
    twice = judge(*rows, known=stored)

    assert once.created + once.updated + once.unchanged + len(once.refused) == len(rows)
    _assert_each_id_has_one_owner(stored)
    if any("another customer" in one.message for one in once.refused):
        return  # the owner may have given the id up further down the page
    assert (twice.customers, twice.lines) == ({}, {})


def _assert_each_id_has_one_owner(known: Known) -> None:
    ids = [one.national_id for one in known.customers.values() if one.national_id]
    assert len(ids) == len(set(ids))


def test_a_line_keeps_its_number_and_currency() -> None:
    outcome = judge(row(ORG, "A", line=line_row(ORG, "A", 7)))

    ((facts, _),) = outcome.lines.values()
    assert (facts.number, facts.currency, facts.installed_on) == (7, "USD", date(2024, 1, 5))
    assert isinstance(next(iter(outcome.customers.values())), CustomerFacts)
