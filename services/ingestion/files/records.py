"""CSV text to records, a piece at a time, without ever raising on what the text holds.

`RecordReader` does no I/O: feed it bytes as they come, read records as they are complete.
Every line that is not blank belongs to exactly one record, and a record that cannot be
understood says why instead of its fields. Its position (`offset`, `line`) after any record
is all that a later reader needs to continue from there.

Memory is bounded whatever the file holds: a record longer than MAX_RECORD_BYTES or
MAX_RECORD_LINES is refused, an endless line is skipped as it flows by. A quote that is
never closed costs its own line only: reading continues on the next one.
"""

import csv
from collections.abc import Iterator
from typing import Final, NamedTuple

MAX_RECORD_BYTES: Final = 64 * 1024
MAX_RECORD_LINES: Final = 50
EXCERPT: Final = 2_000

TOO_LONG: Final = f"the line is longer than {MAX_RECORD_BYTES // 1024} KiB"
NOT_UTF8: Final = "the line is not UTF-8 text; save the file with the encoding UTF-8"
UNCLOSED: Final = "a quote that opens in this line is not closed"
LONE_RETURN: Final = "a line break of another kind (a lone carriage return) is in the line"
AFTER_QUOTE: Final = "text follows a closing quote; a quote within a value is written twice"


class Record(NamedTuple):
    """One record of a file: its fields, or the problem that kept them from being read.

    With a problem, `fields` holds the text as far as it can be shown.
    """

    line: int
    last_line: int
    fields: list[str]
    problem: str | None = None

    @property
    def blank(self) -> bool:
        """Whether nothing at all is written in it."""
        return self.problem is None and not any(map(str.strip, self.fields))


class RecordReader:
    """Reads records out of bytes fed to it; `offset` and `line` are those of the next record."""

    def __init__(
        self, *, delimiter: str = ",", newline: bytes = b"\n", offset: int = 0, line: int = 1
    ) -> None:
        self.offset = offset
        self.line = line
        self._delimiter = delimiter
        self._newline = newline
        self._buffer = b""
        self._at = 0
        self.closed = False
        self._overlong = b""
        self._skipped = 0

    def feed(self, data: bytes) -> None:
        """Take the next piece of the file."""
        self._buffer = self._buffer[self._at :] + data
        self._at = 0

    def close(self) -> None:
        """Say that no more pieces follow: what is left is the last record."""
        self.closed = True

    def read(self, limit: int) -> list[Record]:
        """Up to `limit` records; fewer when more must be fed first, or at the end."""
        records: list[Record] = []
        while len(records) < limit and (record := self._next()) is not None:
            records.append(record)
        return records

    @property
    def finished(self) -> bool:
        """Whether every record of the closed file has been read."""
        return self.closed and self._at == len(self._buffer) and not self._overlong

    def _next(self) -> Record | None:
        if self._overlong:
            return self._skip_overlong()
        end = self._line_end(self._at)
        if end is None:
            if len(self._buffer) - self._at > MAX_RECORD_BYTES:
                self._overlong = self._buffer[self._at : self._at + EXCERPT]
                return self._skip_overlong()
            return None
        raw = self._buffer[self._at : end]
        if len(raw) > MAX_RECORD_BYTES:
            return self._refuse(raw[:EXCERPT], end, TOO_LONG)
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return self._quoted(raw, end) if b'"' in raw else self._refuse(raw, end, NOT_UTF8)
        if '"' in text:
            return self._quoted(raw, end)
        return self._accept(text.rstrip("\r\n").split(self._delimiter), end, lines=1)

    def _line_end(self, start: int) -> int | None:
        """Where the line that begins at `start` ends in the buffer; None until it is all there."""
        end = self._buffer.find(self._newline, start)
        if end >= 0:
            return end + 1
        return len(self._buffer) if self.closed and start < len(self._buffer) else None

    def _quoted(self, first: bytes, first_end: int) -> Record | None:
        """The record that begins with the line `first`, which has a quote in it."""
        taken = _Lines(self)
        try:
            fields = next(csv.reader(taken, delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            if taken.starved and not self.closed:
                return None
            return self._refuse(first, first_end, taken.explain(error))
        problem = None if taken.utf8 else NOT_UTF8
        return self._accept(fields, taken.end, lines=taken.count, problem=problem)

    def _skip_overlong(self) -> Record | None:
        """Let an endless line flow by; its record comes once its end is seen."""
        end = self._line_end(self._at)
        if end is None and not self.closed:
            self._skipped += len(self._buffer) - self._at
            self._at = len(self._buffer)
            return None
        excerpt, self._overlong = self._overlong, b""
        return self._refuse(excerpt, len(self._buffer) if end is None else end, TOO_LONG)

    def _accept(
        self, fields: list[str], end: int, *, lines: int, problem: str | None = None
    ) -> Record:
        record = Record(self.line, self.line + lines - 1, fields, problem)
        self._advance(end, lines)
        return record

    def _refuse(self, raw: bytes, end: int, problem: str) -> Record:
        """A record of one line that could not be read."""
        text = raw[:EXCERPT].decode(errors="replace").rstrip("\r\n")
        record = Record(self.line, self.line, [text], problem)
        self._advance(end, 1)
        return record

    def _advance(self, end: int, lines: int) -> None:
        self.offset += self._skipped + end - self._at
        self._skipped = 0
        self._at = end
        self.line += lines


class _Lines(Iterator[str]):
    """The lines of one quoted record, handed to the csv module one by one within bounds."""

    def __init__(self, reader: RecordReader) -> None:
        self.end = reader._at
        self.count = 0
        self.starved = False
        self.utf8 = True
        self._reader = reader
        self._start = reader._at

    def __next__(self) -> str:
        end = self._reader._line_end(self.end)
        reached = len(self._reader._buffer) if end is None else end
        bound = self.count >= MAX_RECORD_LINES or reached - self._start > MAX_RECORD_BYTES
        if end is None or bound:
            self.starved = not bound
            raise StopIteration
        raw, self.end = self._reader._buffer[self.end : end], end
        self.count += 1
        try:
            return raw.decode()
        except UnicodeDecodeError:
            self.utf8 = False
            return raw.decode(errors="replace")

    def explain(self, error: csv.Error) -> str:
        """The problem of the record's first line in words for who wrote the file."""
        if "new-line" in str(error):
            return LONE_RETURN
        return AFTER_QUOTE if "expected after" in str(error) and self.count == 1 else UNCLOSED
