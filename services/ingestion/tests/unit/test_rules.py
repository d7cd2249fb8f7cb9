"""Row checks: a row is good, or everything wrong with it is said."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingestion.imports import rules
from services.ingestion.imports.columns import COLUMNS, Layout
from services.ingestion.imports.rules import DebtFacts, Fault, LineFacts, RowCheck, RowFacts

GOOD = {
    "customer_ref": "C-1",
    "customer_name": "Ana Pérez",
    "national_id": "1710034065",
    "email": "ana@example.com",
    "phone": "+593 99 123 4567",
    "line_number": "1",
    "plan_name": "Fibra 300",
    "plan_price": "25.00",
    "installed_on": "2026-01-15",
    "line_status": "active",
    "debt_ref": "F-1",
    "amount": "45.50",
    "issued_on": "2026-08-01",
    "due_on": "2026-08-10",
    "description": "August",
}
CUSTOMER_ONLY = {"customer_ref": "C-1", "customer_name": "Ana Pérez"}
LINE_CELLS = ("line_number", "plan_name", "plan_price", "installed_on", "line_status")
DEBT_CELLS = ("debt_ref", "amount", "issued_on", "due_on", "description")

check = RowCheck(Layout(",", "\n", COLUMNS), decimals=2)


def judge(cells: dict[str, str], decimals: int = 2) -> RowFacts | list[Fault]:
    row = [cells.get(name, "") for name in COLUMNS]
    return RowCheck(Layout(",", "\n", COLUMNS), decimals)(row)


def good(**changes: str) -> RowFacts:
    facts = judge({**GOOD, **changes})
    assert isinstance(facts, RowFacts), facts
    return facts


def faults(**changes: str) -> list[Fault]:
    found = judge({**GOOD, **changes})
    assert isinstance(found, list), found
    return found


def test_a_full_row_gives_customer_line_and_debt() -> None:
    assert good() == RowFacts(
        ref="C-1",
        name="Ana Pérez",
        national_id="1710034065",
        email="ana@example.com",
        phone="+593 99 123 4567",
        line=LineFacts(1, "Fibra 300", 2500, date(2026, 1, 15), "active"),
        debt=DebtFacts("F-1", 4550, date(2026, 8, 1), date(2026, 8, 10), "August"),
    )


def test_a_row_may_name_a_customer_only() -> None:
    assert judge(CUSTOMER_ONLY) == RowFacts("C-1", "Ana Pérez", None, None, None, None, None)


def test_a_row_may_have_a_debt_without_a_line() -> None:
    facts = good(**dict.fromkeys(LINE_CELLS, ""))
    assert facts.line is None
    assert facts.debt is not None


def test_a_row_may_have_a_line_without_a_debt() -> None:
    facts = good(**dict.fromkeys(DEBT_CELLS, ""))
    assert facts.debt is None
    assert facts.line is not None


@pytest.mark.parametrize("column", ["customer_ref", "customer_name"])
@pytest.mark.parametrize("cell", ["", "   ", "\t"])
def test_a_customer_needs_a_reference_and_a_name(column: str, cell: str) -> None:
    assert faults(**{column: cell}) == [Fault(column, "is required")]


@pytest.mark.parametrize("column", ["plan_name", "plan_price"])
def test_a_line_needs_its_plan_and_price(column: str) -> None:
    assert faults(**{column: ""}) == [Fault(column, "is required where line_number is given")]


def test_a_line_is_active_unless_said_otherwise_and_may_lack_a_date() -> None:
    line = good(line_status="", installed_on="").line
    assert line is not None
    assert (line.status, line.installed_on) == ("active", None)


@pytest.mark.parametrize("column", ["plan_name", "plan_price", "installed_on", "line_status"])
def test_words_about_a_line_without_its_number_are_refused(column: str) -> None:
    cells = {**dict.fromkeys(LINE_CELLS, ""), column: GOOD[column]}
    assert faults(**cells) == [Fault("line_number", f"is required where {column} is given")]


@pytest.mark.parametrize("column", ["debt_ref", "amount", "due_on"])
def test_a_debt_needs_reference_amount_and_due_date(column: str) -> None:
    given_ = "amount" if column == "debt_ref" else "debt_ref"
    assert faults(**{column: ""}) == [Fault(column, f"is required where {given_} is given")]


@pytest.mark.parametrize("column", ["issued_on", "due_on", "description"])
def test_words_about_a_debt_without_one_are_refused(column: str) -> None:
    cells = {**dict.fromkeys(DEBT_CELLS, ""), column: GOOD[column]}
    assert faults(**cells) == [Fault("debt_ref", f"is required where {column} is given")]


def test_a_row_may_describe_its_customer_and_its_line() -> None:
    facts = good(
        language="ES",
        time_zone="America/Bogota",
        area="Norte",
        tags="VIP | b2b vip",
        essential="Yes",
    )
    assert facts[-4:] == ("es", "America/Bogota", "Norte", ("b2b", "vip"))
    assert facts.line is not None
    assert facts.line.essential is True


@pytest.mark.parametrize(("column", "cell"), [("language", "fr"), ("essential", "perhaps")])
def test_a_description_has_its_words(column: str, cell: str) -> None:
    assert [fault.column for fault in faults(**{column: cell})] == [column]


def test_everything_wrong_with_a_row_is_said_at_once() -> None:
    found = faults(customer_name="", email="ana", line_number="x", amount="-1", due_on="tomorrow")
    assert [fault.column for fault in found] == [
        "customer_name",
        "email",
        "line_number",
        "amount",
        "due_on",
    ]


@pytest.mark.parametrize(
    ("text", "decimals", "minor"),
    [
        ("45", 2, 4500),
        ("45.5", 2, 4550),
        ("45,50", 2, 4550),
        ("45.50", 2, 4550),
        ("0.01", 2, 1),
        ("007", 2, 700),
        ("1500", 0, 1500),
        ("1.234", 3, 1234),
        ("999999999999.99", 2, 99999999999999),
    ],
)
def test_amounts_are_read_exactly(text: str, decimals: int, minor: int) -> None:
    assert rules.minor(text, decimals) == minor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "-5",
        "+5",
        "1e3",
        "1,234.50",
        "1.234,50",
        "1 000",
        "$5",
        "5.",
        ".5",
        "٣",
        "½",
        "1_0",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an amount such as 25\.00"):
        rules.minor(text, 2)


@pytest.mark.parametrize(("text", "decimals"), [("1.234", 2), ("1,000", 2), ("1.5", 0), ("1.0", 0)])
def test_decimals_beyond_the_currency_are_refused_and_never_rounded(
    text: str, decimals: int
) -> None:
    """A thousands separator can therefore never pass for a decimal mark."""
    with pytest.raises(ValueError, match=f"more than {decimals} decimals"):
        rules.minor(text, decimals)


def test_an_absurdly_large_amount_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        rules.minor("1" * 13, 2)


@pytest.mark.parametrize("amount", ["0", "0.00"])
def test_a_debt_of_nothing_is_refused(amount: str) -> None:
    assert faults(amount=amount) == [Fault("amount", "must be more than 0")]


def test_a_plan_may_cost_nothing() -> None:
    line = good(plan_price="0").line
    assert line is not None
    assert line.price_minor == 0


@pytest.mark.parametrize(
    "text",
    ["31/12/2026", "2026-13-01", "2026-02-30", "20260101", "2026-W01-1", "26-01-01", "2026-1-1"],
)
@pytest.mark.parametrize("column", ["installed_on", "issued_on", "due_on"])
def test_dates_are_iso_dates(column: str, text: str) -> None:
    assert faults(**{column: text}) == [Fault(column, f"'{text}' is not a date written YYYY-MM-DD")]


@pytest.mark.parametrize("text", ["0202-01-01", "2206-01-01"])
def test_dates_with_a_mistyped_year_are_refused(text: str) -> None:
    assert faults(due_on=text) == [Fault("due_on", f"{text} is not between 1900 and 2199")]


def test_a_debt_is_not_issued_after_it_is_due() -> None:
    assert faults(issued_on="2026-08-11") == [Fault("issued_on", "is later than due_on")]
    assert good(issued_on="2026-08-10").debt is not None


@pytest.mark.parametrize("text", ["0", "-1", "1.0", "one", "100000", "1234567", "²", "１"])
def test_line_numbers_are_whole_numbers_from_1(text: str) -> None:
    (fault,) = faults(line_number=text)
    assert fault == Fault("line_number", f"{text!r} is not a whole number from 1 to 99999")


def test_line_numbers_may_have_leading_zeros() -> None:
    line = good(line_number="007").line
    assert line is not None
    assert line.number == 7


@pytest.mark.parametrize(
    ("text", "status"), [("Active", "active"), ("NOT_INSTALLED", "not_installed")]
)
def test_a_line_status_is_read_whatever_its_case(text: str, status: str) -> None:
    line = good(line_status=text).line
    assert line is not None
    assert line.status == status


@pytest.mark.parametrize("text", ["suspended", "cancelled", "activo"])
def test_a_line_is_taken_in_active_or_not_installed_only(text: str) -> None:
    assert faults(line_status=text) == [
        Fault("line_status", f"'{text}' is neither active nor not_installed")
    ]


@pytest.mark.parametrize(
    "text", ["ana", "ana@", "@example.com", "a b@example.com", "a@b", "a@@b.c"]
)
def test_what_is_no_e_mail_address_is_refused(text: str) -> None:
    assert faults(email=text) == [Fault("email", f"'{text}' is not an e-mail address")]


@pytest.mark.parametrize("text", ["099 123 4567", "+593991234567", "(02) 222-3333".lstrip("(")])
def test_telephone_numbers_may_be_written_in_any_manner(text: str) -> None:
    assert good(phone=text).phone == text


@pytest.mark.parametrize("text", ["none", "12", "call me", "+" * 9])
def test_what_is_no_telephone_number_is_refused(text: str) -> None:
    assert [fault.column for fault in faults(phone=text)] == ["phone"]


@pytest.mark.parametrize("column", rules.LONGEST)
def test_texts_have_a_longest_length_which_the_message_names(column: str) -> None:
    limit = rules.LONGEST[column]
    assert faults(**{column: "9" * (limit + 1)})[0] == Fault(
        column, f"is longer than {limit} characters"
    )


@pytest.mark.parametrize("column", ["customer_ref", "customer_name", "plan_name", "description"])
def test_nul_and_other_control_characters_are_refused(column: str) -> None:
    for cell in ("a\0b", "a\x1bb", "a\x7fb"):
        assert [fault.column for fault in faults(**{column: cell})] == [column]


def test_a_description_may_have_line_breaks_and_a_reference_may_not() -> None:
    debt = good(description="August\nand extras").debt
    assert debt is not None
    assert debt.description == "August\nand extras"
    assert [fault.column for fault in faults(customer_ref="C\n1")] == ["customer_ref"]


def test_runs_of_blanks_in_names_count_as_one() -> None:
    assert good(customer_name="  Ana \n Pérez ").name == "Ana Pérez"


def test_two_spellings_of_one_reference_are_one_customer() -> None:
    composed, decomposed = "Jos\u00e9", "Jose\u0301"
    assert good(customer_ref=decomposed).ref == good(customer_ref=composed).ref == composed


def test_the_apostrophe_of_an_error_report_is_taken_off_again() -> None:
    assert good(phone="'+593 99 123 4567").phone == "+593 99 123 4567"


def test_a_row_too_short_is_refused_and_not_guessed_at() -> None:
    assert check(["C-1", "Ana"]) == [
        Fault(None, "the row has 2 values where the first line names 20 columns")
    ]


def test_a_row_too_long_is_refused_unless_the_rest_is_blank() -> None:
    row = [GOOD.get(name, "") for name in COLUMNS]
    assert isinstance(check([*row, "", " "]), RowFacts)
    assert check([*row, "", "x"]) == [
        Fault(None, "the row has 22 values where the first line names 20 columns")
    ]


CELL = st.one_of(
    st.text(max_size=60),
    st.sampled_from([*GOOD.values(), "", "0", "-1", "'=1", "9" * 30, "2026-02-30", "1,5"]),
)


@given(st.lists(CELL, max_size=18), st.integers(0, 4))
def test_any_cells_are_accepted_or_reported(cells: list[str], decimals: int) -> None:
    found = RowCheck(Layout(",", "\n", COLUMNS), decimals)(cells)
    if isinstance(found, list):
        assert found
        assert all(fault.message for fault in found)
        assert {fault.column for fault in found} <= {None, *COLUMNS}


@given(st.fixed_dictionaries({name: CELL for name in COLUMNS}))
def test_what_is_accepted_keeps_the_promises_of_the_contract(cells: dict[str, str]) -> None:
    facts = judge(cells)
    if isinstance(facts, RowFacts):
        assert facts.ref
        assert facts.name
        assert "\0" not in repr(facts)
        if facts.line:
            assert facts.line.number >= 1
            assert facts.line.plan_name
            assert facts.line.price_minor >= 0
        if facts.debt:
            assert facts.debt.ref
            assert facts.debt.amount_minor > 0
            assert facts.debt.due_on > date.min
