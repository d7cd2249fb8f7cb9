"""A stored file as pages of records, from its first line or from any position kept earlier."""

from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from services.ingestion.files import store as files
from services.ingestion.files.records import Record, RecordReader
from services.ingestion.imports.columns import BOM, FileRefused, Layout, read_header, sniff
from shared.db import Database

PAGE_BYTES: Final = 512 * 1024
RECORDS_AT_ONCE: Final = 50
SNIFFED_BYTES: Final = 64 * 1024


class FileGone(Exception):
    """A file is shorter than it was when it was stored: pieces of it are missing."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a record starts."""

    offset: int
    line: int


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a file that a page covers; `last` when the file ends with it."""

    start: Position
    end: Position
    last: bool

    @property
    def bytes(self) -> int:
        """How long it is."""
        return self.end.offset - self.start.offset


class FileStream:
    """Reads one file; holds a piece of it at a time, in short transactions."""

    def __init__(
        self, db: Database, file_id: UUID, byte_size: int, layout: Layout, position: Position
    ) -> None:
        self.layout = layout
        self._db = db
        self._file_id = file_id
        self._byte_size = byte_size
        self._fed = position.offset
        self._reader = RecordReader(
            delimiter=layout.delimiter,
            newline=layout.newline.encode(),
            offset=position.offset,
            line=position.line,
        )

    @classmethod
    async def begin(cls, db: Database, file_id: UUID, byte_size: int) -> tuple[Self, list[str]]:
        """The stream of a file after its first line, and what to warn of; raises FileRefused."""
        if byte_size == 0:
            raise FileRefused("The file is empty.")
        async with db.transaction(None) as tx:
            start = await files.piece(tx, file_id, 0)
        delimiter, newline = sniff(start[:SNIFFED_BYTES])
        marked = len(BOM) if start.startswith(BOM) else 0
        unnamed = Layout(delimiter, newline, ())
        stream = cls(db, file_id, byte_size, unnamed, Position(marked, 1))
        header = await stream._header()
        names, warnings = read_header(header)
        stream.layout = Layout(delimiter, newline, names)
        return stream, warnings

    @property
    def position(self) -> Position:
        """Where the next record starts."""
        return Position(self._reader.offset, self._reader.line)

    async def page(self, rows: int) -> tuple[Span, list[Record]]:
        """The next records, `rows` of them or fewer where they are long or the file ends."""
        start, records = self.position, list[Record]()
        while len(records) < rows and self._reader.offset - start.offset < PAGE_BYTES:
            wanted = min(RECORDS_AT_ONCE, rows - len(records))
            got = self._reader.read(wanted)
            records += got
            if len(got) < wanted and not await self._feed():
                break
        return Span(start, self.position, self._reader.offset == self._byte_size), records

    async def _header(self) -> list[str]:
        while not (found := self._reader.read(1)):
            if not await self._feed():
                raise FileRefused("The file is empty.")
        (record,) = found
        if record.problem:
            raise FileRefused(f"The first line cannot be read: {record.problem}.")
        if record.blank:
            raise FileRefused("The first line is blank; it must name the columns.")
        return record.fields

    async def _feed(self) -> bool:
        """Give the reader more; False when it has had all."""
        if self._fed == self._byte_size:
            told = self._reader.closed
            self._reader.close()
            return not told
        async with self._db.transaction(None) as tx:
            data = await files.piece(tx, self._file_id, self._fed)
        if not data:
            raise FileGone(f"file {self._file_id} ends at byte {self._fed} of {self._byte_size}")
        self._reader.feed(data)
        self._fed += len(data)
        return True
