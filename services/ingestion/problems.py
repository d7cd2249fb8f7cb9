"""What ingestion refuses."""

from http import HTTPStatus
from uuid import UUID

from shared.problems import BadRequest, Conflict, TooLarge, ValidationFailed


class UploadUnreadable(BadRequest):
    """The body is not multipart/form-data, or ends before it is complete."""

    slug = "upload-unreadable"
    title = "The upload cannot be read"


class FileMissing(ValidationFailed):
    """The form has no file in its field `file`."""

    slug = "file-missing"
    title = "The form holds no file"

    def __init__(self) -> None:
        super().__init__(
            [{"loc": ["body", "file"], "msg": "Send the CSV in a field `file`.", "type": "missing"}]
        )


class FileTooLarge(TooLarge):
    """The file is larger than this installation takes; split it."""

    slug = "file-too-large"
    title = "The file is too large"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"A file may have {limit} bytes at most; split it, each part with the first line.",
            limit=limit,
        )


class ImportOver(Conflict):
    """The import has ended; there is nothing left to cancel."""

    slug = "import-over"
    title = "The import has ended"

    def __init__(self, import_id: UUID, status: str) -> None:
        super().__init__(f"Import {import_id} is {status}.", import_id=import_id, status=status)


class FileDeleted(Conflict):
    """The content of an old import's file is no longer kept."""

    status = HTTPStatus.GONE
    slug = "file-deleted"
    title = "The file is no longer kept"

    def __init__(self, import_id: UUID) -> None:
        super().__init__(f"The file of import {import_id} was deleted after its retention time.")
