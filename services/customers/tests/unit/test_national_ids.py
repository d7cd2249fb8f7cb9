"""National ids, country by country."""

import pytest

from services.customers.customers.national_ids import (
    CHECKED,
    NationalIdInvalid,
    _document,
    national_id,
)
from services.customers.tests.builders import cedula


@pytest.mark.parametrize(
    ("country", "written", "stored"),
    [
        ("EC", "1710034065", "1710034065"),
        ("EC", "171003406-5", "1710034065"),
        ("EC", " 171 003 4065 ", "1710034065"),
        ("EC", "1710034065001", "1710034065001"),
        ("EC", "1790011674001", "1790011674001"),
        ("CO", "213.123.432-1", "2131234321"),
        ("CO", "79.482.123", "79482123"),
        ("BR", "390.533.447-05", "39053344705"),
        ("BR", "16.727.230/0001-97", "16727230000197"),
        ("MX", "GODE 561231 GR8", "GODE561231GR8"),
        ("PE", "20512333797", "20512333797"),
        ("PE", "45532712", "45532712"),
        ("CL", "12.531.909-2", "125319092"),
        ("AR", "20-26756539-3", "20267565393"),
        ("AR", "20.123.456", "20123456"),
        ("UY", "21-140634-001-1", "211406340011"),
        ("PY", "80028061-0", "800280610"),
        ("VE", "V-11470283-4", "V114702834"),
        ("DO", "00113918205", "00113918205"),
        ("GT", "39525503", "39525503"),
        ("ES", "54362315-K", "54362315K"),
        ("US", "536-90-4399", "536904399"),
        ("KE", "P051365947M", "P051365947M"),
        ("DE", "  c 01 x00t47 ", "C 01 X00T47"),
        ("JP", "1234", "1234"),
    ],
)
def test_a_valid_number_is_stored_in_one_spelling(country: str, written: str, stored: str) -> None:
    assert national_id(written, country) == stored
    assert national_id(stored, country) == stored


@pytest.mark.parametrize(
    ("country", "written"),
    [
        ("EC", "1710034066"),  # wrong check digit
        ("EC", "171003406"),
        ("EC", "17100340651"),
        ("EC", "1710034065000"),  # a RUC's branch is never 000
        ("EC", "9910034065"),  # no such province
        ("EC", "abcdefghij"),
        ("EC", ""),
        ("CO", "12345"),
        ("CO", "213123432-9"),
        ("BR", "390.533.447-06"),
        ("MX", "GODE561231XX"),
        ("PE", "2051233379"),
        ("CL", "12.531.909-3"),
        ("AR", "20-26756539-4"),
        ("US", "1"),
        ("DE", "   "),
        ("JP", "x" * 33),
        ("JP", "a\x00b"),
        ("EC", "١٧١٠٠٣٤٠٦٥"),
    ],
)
def test_a_number_the_country_does_not_hand_out_is_refused(country: str, written: str) -> None:
    with pytest.raises(NationalIdInvalid):
        national_id(written, country)


def test_the_refusal_names_what_was_expected() -> None:
    with pytest.raises(NationalIdInvalid, match="CI or RUC of EC"):
        national_id("1", "EC")


def test_every_document_of_the_table_exists() -> None:
    for country, names in CHECKED.items():
        for name in names:
            assert _document(country, name)


def test_the_cedulas_of_these_tests_are_valid() -> None:
    for index in range(0, 24_000_000, 999_983):
        assert national_id(cedula(index), "EC") == cedula(index)
