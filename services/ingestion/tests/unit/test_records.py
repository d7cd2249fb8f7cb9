"""Records: whatever bytes a file holds, every line of it is accounted for."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.ingestion.files import records
from services.ingestion.files.records import Record, RecordReader


def read_all(data: bytes, *, piece: int | None = None, delimiter: str = ",") -> list[Record]:
    reader = RecordReader(delimiter=delimiter)
    found: list[Record] = []
    step = piece or max(len(data), 1)
    for start in range(0, len(data), step):
        reader.feed(data[start : start + step])
        found += reader.read(10_000)
    reader.close()
    found += reader.read(10_000_000)
    assert reader.finished
    assert reader.offset == len(data)
    return found


def fields(data: bytes, delimiter: str = ",") -> list[list[str]]:
    return [record.fields for record in read_all(data, delimiter=delimiter)]


def test_plain_lines_are_split_at_the_delimiter() -> None:
    assert fields(b"a,b\n1,2\n") == [["a", "b"], ["1", "2"]]


def test_a_semicolon_file_keeps_its_commas() -> None:
    assert fields(b"a;25,00\n", ";") == [["a", "25,00"]]


def test_the_last_line_needs_no_line_break() -> None:
    assert fields(b"a\nb") == [["a"], ["b"]]


def test_windows_line_breaks_are_no_part_of_a_value() -> None:
    assert fields(b'a,b\r\n"c",d\r\n') == [["a", "b"], ["c", "d"]]


def test_classic_mac_line_breaks_are_read_when_told() -> None:
    reader = RecordReader(newline=b"\r")
    reader.feed(b'a,b\r"c\rd",e\rf,g')
    reader.close()
    assert [(r.line, r.fields) for r in reader.read(9)] == [
        (1, ["a", "b"]),
        (2, ["c\rd", "e"]),
        (4, ["f", "g"]),
    ]


def test_a_quoted_value_may_hold_delimiters_quotes_and_line_breaks() -> None:
    assert fields(b'"a, ""b""\nc",d\n') == [['a, "b"\nc', "d"]]


def test_a_record_is_numbered_by_the_line_it_starts_in() -> None:
    found = read_all(b'h\n"a\nb\nc",1\nx\n')
    assert [(r.line, r.last_line) for r in found] == [(1, 1), (2, 4), (5, 5)]


def test_a_quote_inside_an_unquoted_value_is_an_ordinary_character() -> None:
    assert fields(b'5" pipe,1\n') == [['5" pipe', "1"]]


def test_a_quote_that_is_never_closed_costs_its_own_line_only() -> None:
    found = read_all(b'a,1\n"b,2\nc,3\nd,4\n')
    assert [(r.line, r.problem) for r in found] == [
        (1, None),
        (2, records.UNCLOSED),
        (3, None),
        (4, None),
    ]


def test_a_stray_quote_that_meets_a_later_quoted_value_costs_its_own_line_only() -> None:
    found = read_all(b'"a,1\nb,2\nc,"three, 3"\n')
    assert [(r.line, r.problem) for r in found] == [(1, records.UNCLOSED), (2, None), (3, None)]


def test_an_unclosed_quote_in_a_long_file_is_given_up_after_the_bound() -> None:
    found = read_all(b'"open\n' + b"row,1\n" * 500, piece=64)
    assert found[0].problem == records.UNCLOSED
    assert len(found) == 501


def test_text_after_a_closing_quote_is_refused_and_not_glued_on() -> None:
    assert [r.problem for r in read_all(b'"ab"c,1\nd,2\n')] == [records.AFTER_QUOTE, None]


def test_a_lone_carriage_return_beside_quotes_is_named() -> None:
    assert [r.problem for r in read_all(b'a\rb,"c"\nd\n')] == [records.LONE_RETURN, None]


def test_a_line_in_latin_1_is_refused_and_shown_as_far_as_possible() -> None:
    bad, good = read_all("Peña,1\n".encode("latin-1") + "Peña,2\n".encode())
    assert bad.problem == records.NOT_UTF8
    assert bad.fields == ["Pe�a,1"]
    assert good.fields == ["Peña", "2"]


def test_a_quoted_record_in_latin_1_is_one_refused_record() -> None:
    bad, good = read_all('"Peña\nMuñoz",1\nx,2\n'.encode("latin-1"))
    assert (bad.line, bad.last_line, bad.problem) == (1, 2, records.NOT_UTF8)
    assert good.line == 3


def test_nul_bytes_are_passed_on_for_the_row_check_to_refuse() -> None:
    assert fields(b"a\0b,1\n") == [["a\0b", "1"]]


@pytest.mark.parametrize("size", [records.MAX_RECORD_BYTES, 300_000])
def test_an_overlong_line_is_refused_and_the_next_one_read(size: int) -> None:
    found = read_all(b"x" * size + b"\ngood,1\n", piece=10_000)
    assert [(r.line, r.problem) for r in found] == [(1, records.TOO_LONG), (2, None)]
    assert len(found[0].fields[0]) <= records.EXCERPT


def test_an_overlong_last_line_without_a_line_break_is_refused() -> None:
    assert [r.problem for r in read_all(b"x" * 200_000, piece=7_000)] == [records.TOO_LONG]


def test_an_endless_line_does_not_fill_the_memory() -> None:
    reader = RecordReader()
    for _ in range(100):
        reader.feed(b"x" * 1_000_000)
        assert reader.read(1) == []
        assert len(reader._buffer) <= 1_100_000
    reader.close()
    assert reader.read(1)[0].problem == records.TOO_LONG
    assert reader.offset == 100_000_000


def test_a_value_of_many_quoted_lines_is_bounded() -> None:
    text = b'"' + b"\n" * (records.MAX_RECORD_LINES - 1) + b'",1\n'
    assert [r.problem for r in read_all(text)] == [None]
    assert read_all(b'"\n' + text[1:])[0].problem == records.UNCLOSED


def test_blank_records_are_recognized() -> None:
    assert [r.blank for r in read_all(b"\n , ;\n\t,\na\n")] == [True, False, True, False]


def test_reading_continues_exactly_where_a_position_was_kept() -> None:
    data = 'h,h\n"ä\nb",1\nc,2\n"d",3\n'.encode()
    whole = read_all(data)
    for taken in range(1, len(whole)):
        first = RecordReader()
        first.feed(data)
        first.read(taken)
        second = RecordReader(offset=first.offset, line=first.line)
        second.feed(data[first.offset :])
        second.close()
        assert second.read(99) == whole[taken:]


NASTY = st.text(alphabet='"",;\n\r ab\0é\t1', max_size=200).map(str.encode)
ANY = st.one_of(NASTY, st.binary(max_size=300), st.lists(NASTY, max_size=6).map(b"\n".join))


@given(ANY, st.integers(1, 50), st.sampled_from([",", ";"]))
@example(b'"', 1, ",")
@example(b'"\r', 1, ",")
@example(b'a","\n' * 60, 7, ",")
def test_any_bytes_become_records_that_cover_every_line_once(
    data: bytes, piece: int, delimiter: str
) -> None:
    found = read_all(data, piece=piece, delimiter=delimiter)
    line = 1
    for record in found:
        assert record.line == line
        line = record.last_line + 1
        assert record.fields
    physical = data.count(b"\n") + (not data.endswith(b"\n") and data != b"")
    assert line - 1 == physical


@given(ANY, st.integers(1, 50))
def test_how_a_file_is_cut_into_pieces_makes_no_difference(data: bytes, piece: int) -> None:
    assert read_all(data, piece=piece) == read_all(data)


@given(ANY, st.data())
def test_a_reader_resumed_at_any_record_reads_the_same(data: bytes, draw: st.DataObject) -> None:
    whole = read_all(data)
    taken = draw.draw(st.integers(0, len(whole)))
    first = RecordReader()
    first.feed(data)
    first.close()
    first.read(taken)
    second = RecordReader(offset=first.offset, line=first.line)
    second.feed(data[first.offset :])
    second.close()
    assert second.read(len(whole)) == whole[taken:]


CELLS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r"), max_size=20)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), max_size=20))
def test_what_a_csv_writer_wrote_is_read_back(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    found = read_all(text.getvalue().encode())
    assert [r.fields for r in found] == rows
    assert all(r.problem is None for r in found)
