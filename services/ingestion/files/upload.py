"""A file out of a multipart body, as it flows by: nothing of it is held but one piece."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final
from uuid import UUID

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from services.ingestion.files import store
from services.ingestion.problems import FileMissing, FileTooLarge, UploadUnreadable
from shared.db import Database

FIELD: Final = "file"
LONGEST_NAME: Final = 200
UNNAMED: Final = "unnamed.csv"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has been stored whole, though not yet kept for good."""

    file_id: UUID
    file_name: str
    byte_size: int
    digest: str


class FormFile:
    """The content of the field `file` out of the bytes of a multipart body; does no I/O."""

    def __init__(self, content_type: str) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise UploadUnreadable("Send multipart/form-data with the CSV in the field `file`.")
        self.file_name = ""
        self.found = False
        self.ended = False
        self._taking = False
        self._disposition = b""
        self._header = b""
        self._content = bytearray()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_begin": self._name_header,
                "on_header_field": self._grow_header,
                "on_header_value": self._grow_disposition,
                "on_headers_finished": self._choose,
                "on_part_data": self._take,
                "on_part_end": self._leave,
                "on_end": self._end,
            },
        )

    def feed(self, data: bytes) -> bytearray:
        """What `data` adds to the file; raises UploadUnreadable."""
        self._content = bytearray()
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise UploadUnreadable(f"The multipart body is malformed: {error}.") from error
        return self._content

    def _begin(self) -> None:
        self._disposition = b""

    def _name_header(self) -> None:
        self._header = b""

    def _grow_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _grow_disposition(self, data: bytes, start: int, end: int) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition += data[start:end]

    def _choose(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._taking = not self.found and options.get(b"name") == FIELD.encode()
        if self._taking:
            self.found = True
            self.file_name = base_name(options.get(b"filename", b"").decode(errors="replace"))

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._taking:
            self._content += data[start:end]

    def _leave(self) -> None:
        self._taking = False

    def _end(self) -> None:
        self.ended = True


def base_name(name: str) -> str:
    """The last part of a file's name, as it can be stored and shown."""
    last = PurePosixPath(PureWindowsPath(name).name).name
    shown = "".join(letter for letter in last if letter.isprintable()).strip()
    return shown[-LONGEST_NAME:] or UNNAMED


async def receive(
    db: Database,
    organization_id: UUID,
    file_id: UUID,
    content_type: str,
    body: AsyncIterator[bytes],
    *,
    limit: int,
) -> Upload:
    """Store the file of a multipart body under `file_id`, piece by piece.

    It still has to be completed with its job; whatever goes wrong, it is deleted again.
    Raises UploadUnreadable, FileMissing, FileTooLarge.
    """
    form = FormFile(content_type)
    async with db.transaction(organization_id) as tx:
        await store.begin(tx, file_id, organization_id)
    try:
        return await _store(db, organization_id, file_id, form, body, limit=limit)
    except BaseException:
        with suppress(Exception):  # purge_files finds it later
            async with db.transaction(organization_id) as tx:
                await store.delete(tx, file_id)
        raise


async def _store(
    db: Database,
    organization_id: UUID,
    file_id: UUID,
    form: FormFile,
    body: AsyncIterator[bytes],
    *,
    limit: int,
) -> Upload:
    digest, size, no, waiting = hashlib.sha256(), 0, 0, bytearray()
    async for data in body:
        content = form.feed(data)
        digest.update(content)
        size += len(content)
        if size > limit:
            raise FileTooLarge(limit)
        waiting += content
        while len(waiting) >= store.CHUNK_BYTES:
            async with db.transaction(organization_id) as tx:
                piece = waiting[: store.CHUNK_BYTES]
                await store.append(tx, file_id, organization_id, no, piece)
            del waiting[: store.CHUNK_BYTES]
            no += 1
    if not form.ended:
        raise UploadUnreadable("The body ends before the form does; send it again.")
    if not form.found:
        raise FileMissing
    if waiting:
        async with db.transaction(organization_id) as tx:
            await store.append(tx, file_id, organization_id, no, waiting)
    return Upload(file_id, form.file_name, size, digest.hexdigest())
