"""A customer's details as they are stored and searched."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.customers.customers.rules import Details, Fault, folded, normalised, search_text


def test_people_and_files_come_to_the_same_spelling() -> None:
    typed = Details("  Ana   Pérez ", "171003406-5", "ANA@Example.com", "0991234567")

    assert normalised(typed, "EC") == (
        Details("Ana Pérez", "1710034065", "ana@example.com", "+593991234567"),
        [],
    )


def test_every_fault_is_named_at_once() -> None:
    details, faults = normalised(Details(" ", "1", "x", "y"), "EC")

    assert [fault.field for fault in faults] == ["name", "national_id", "email", "phone"]
    assert details == Details("", None, None, None)


def test_what_is_missing_is_no_fault() -> None:
    assert normalised(Details("Ana", None, None, None), "EC") == (
        Details("Ana", None, None, None),
        [],
    )


def test_an_empty_contact_is_none() -> None:
    assert normalised(Details("Ana", None, "", ""), "EC")[0] == Details("Ana", None, None, None)


def test_a_description_is_stored_in_one_spelling() -> None:
    typed = Details(
        "Ana", None, None, None, "ES", " America/Bogota ", " Quito   norte ", ("vip", "B2b", "vip ")
    )

    assert normalised(typed, "EC") == (
        Details("Ana", None, None, None, "es", "America/Bogota", "Quito norte", ("b2b", "vip")),
        [],
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("language", "fr"),
        ("time_zone", "Quito"),
        ("area", "x" * 101),
        ("tags", ("",)),
        ("tags", ("two words",)),
        ("tags", ("-a",)),
        ("tags", ("a" * 41,)),
        ("tags", tuple(f"t{at}" for at in range(21))),
    ],
)
def test_a_description_that_cannot_be_is_named_and_left_out(field: str, value: Any) -> None:
    plain = Details("Ana", None, None, None)
    details, faults = normalised(plain._replace(**{field: value}), "EC")

    assert [fault.field for fault in faults] == [field]
    assert details == plain


@given(
    st.builds(
        Details,
        st.text(max_size=20),
        st.none() | st.text(max_size=14) | st.from_regex(r"[0-9]{10}", fullmatch=True),
        st.none() | st.text(max_size=20) | st.emails(),
        st.none() | st.text(max_size=14) | st.from_regex(r"09[0-9]{8}", fullmatch=True),
        st.none() | st.text(max_size=3) | st.sampled_from(["es", "EN"]),
        st.none() | st.text(max_size=9) | st.just("America/Bogota"),
        st.none() | st.text(max_size=120),
        st.lists(st.text(max_size=4) | st.sampled_from(["vip", "B2B"]), max_size=3).map(tuple),
    ),
    st.sampled_from(["EC", "CO", "DE"]),
)
def test_normalising_never_fails_and_twice_changes_nothing(details: Details, country: str) -> None:
    once, faults = normalised(details, country)
    again, still = normalised(once, country)

    assert again == once
    assert all(fault.field == "name" for fault in still)
    assert all(isinstance(fault, Fault) and fault.message for fault in faults)


@pytest.mark.parametrize(
    ("text", "plain"),
    [("PÉREZ Ñusta", "perez nusta"), ("Müller", "muller"), ("São João", "sao joao"), ("x", "x")],
)
def test_a_search_minds_neither_case_nor_accents(text: str, plain: str) -> None:
    assert folded(text) == plain


def test_a_search_looks_through_name_ids_and_address() -> None:
    details = Details("Ana Pérez", "1710034065", "ana@example.com", "+593991234567")

    assert search_text(details, "C-1") == "ana perez 1710034065 ana@example.com c-1"
    assert search_text(Details("Ana", None, None, None), None) == "ana"
