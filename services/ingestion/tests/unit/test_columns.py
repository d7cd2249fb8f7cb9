"""The header: what a file says of itself in its first line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingestion.imports import columns
from services.ingestion.imports.columns import FileRefused, Layout, read_header, sniff


@pytest.mark.parametrize(
    ("start", "delimiter", "newline"),
    [
        (b"customer_ref,customer_name\n", ",", "\n"),
        (b"customer_ref;customer_name\r\n", ";", "\n"),
        (b"\xef\xbb\xbfcustomer_ref;customer_name\n1,1,1,1;2\n", ";", "\n"),
        (b'"a,b,c";customer_ref;customer_name\n', ";", "\n"),
        (b"customer_ref;customer_name\rC-1;Ana\r", ";", "\r"),
        (b"customer_ref", ",", "\n"),
        (b"", ",", "\n"),
    ],
)
def test_the_delimiter_is_the_one_the_header_uses_outside_quotes(
    start: bytes, delimiter: str, newline: str
) -> None:
    assert sniff(start) == (delimiter, newline)


@pytest.mark.parametrize(
    "start",
    ["customer_ref".encode("utf-16"), "customer_ref".encode("utf-16-be"), b"PK\x03\x04\0\0\0"],
)
def test_a_file_that_is_no_utf_8_text_is_refused_with_advice(start: bytes) -> None:
    with pytest.raises(FileRefused, match="encoding UTF-8"):
        sniff(start)


def test_names_are_read_whatever_their_case_blanks_and_dashes() -> None:
    header, warnings = read_header([" Customer-Ref ", "CUSTOMER NAME", "due_on"])
    assert header == ("customer_ref", "customer_name", "due_on")
    assert warnings == []


def test_columns_may_come_in_any_order() -> None:
    header, _ = read_header(["amount", "customer_name", "customer_ref"])
    layout = Layout(",", "\n", header)
    assert layout.positions == {"amount": 0, "customer_name": 1, "customer_ref": 2}


@pytest.mark.parametrize("missing", columns.REQUIRED)
def test_a_file_without_a_required_column_is_refused(missing: str) -> None:
    names = [name for name in columns.COLUMNS if name != missing]
    with pytest.raises(FileRefused, match=f"names no column {missing}"):
        read_header(names)


def test_a_column_named_twice_is_refused() -> None:
    with pytest.raises(FileRefused, match="email twice"):
        read_header(["customer_ref", "customer_name", "email", "E-mail".replace("-", ""), "x"])


def test_unknown_columns_are_warned_of_and_not_read() -> None:
    header, warnings = read_header(["customer_ref", "customer_name", "Shoe size", ""])
    assert warnings == ["Column 3 ('Shoe size') is not known and was not read."]
    assert "shoe_size" not in Layout(",", "\n", header).positions


def test_the_columns_of_an_error_report_are_expected_in_a_corrected_one() -> None:
    _, warnings = read_header([*columns.REPORT, *columns.COLUMNS])
    assert warnings == []


def test_a_layout_survives_its_storage() -> None:
    layout = Layout(";", "\r", ("customer_ref", "x"))
    assert Layout.from_json({**layout.as_json(), "header": ["customer_ref", "x"]}) == layout


def test_the_template_names_every_column_in_every_row() -> None:
    header, *rows = [line.split(",") for line in columns.template().splitlines()]
    assert tuple(header) == columns.COLUMNS
    assert {len(row) for row in rows} == {len(columns.COLUMNS)}


@pytest.mark.parametrize("cell", ["=1+1", "+593", "-5", "@SUM(A1)", "\tx", "\rx"])
def test_cells_a_spreadsheet_would_run_are_guarded(cell: str) -> None:
    assert columns.guarded(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "Ana", "1-2", "O'Brien", "'quoted'"])
def test_other_cells_are_left_alone(cell: str) -> None:
    assert columns.guarded(cell) == cell
    assert columns.plain(cell) == cell


@given(st.text().map(str.strip))
def test_a_guarded_cell_is_read_back_plain(cell: str) -> None:
    if not cell.startswith("'"):
        assert columns.plain(columns.guarded(cell)) == cell


@given(st.binary(max_size=300))
def test_any_start_of_a_file_is_sniffed_or_refused(start: bytes) -> None:
    try:
        delimiter, newline = sniff(start)
    except FileRefused:
        return
    assert delimiter in ",;"
    assert newline in "\r\n"


@given(st.lists(st.text(max_size=30), max_size=20))
def test_any_header_is_read_or_refused(cells: list[str]) -> None:
    try:
        header, _ = read_header(cells)
    except FileRefused:
        return
    assert set(columns.REQUIRED) <= set(header)
