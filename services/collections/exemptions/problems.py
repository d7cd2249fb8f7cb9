"""What may be refused about exemptions."""

from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class ExemptionRevoked(Problem):
    """The exemption was ended before."""

    status = HTTPStatus.CONFLICT
    slug = "exemption-revoked"
    title = "The exemption is revoked"

    def __init__(self, exemption_id: UUID) -> None:
        super().__init__(
            f"Exemption {exemption_id} is revoked already.", exemption_id=str(exemption_id)
        )
