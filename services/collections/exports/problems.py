"""What is refused about exports."""

from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class ExportNotFinished(Problem):
    """The file is not whole yet, or never will be; look at the export's status."""

    status = HTTPStatus.CONFLICT
    slug = "export-not-finished"
    title = "The export is not finished"

    def __init__(self, export_id: UUID, status: str) -> None:
        super().__init__(
            f"Export {export_id} is {status}; only a finished one can be downloaded.",
            export_id=export_id,
            export_status=status,
        )
