"""What ingestion is told beyond what every service is: `INGESTION_*`."""

from functools import cache
from typing import Final, Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from shared.settings import MIB, ServiceSettings

ENVELOPE_BYTES: Final = MIB
"""What a multipart body may hold around the file."""


class IngestionSettings(ServiceSettings):
    """Limits of files and of the work in flight."""

    model_config = SettingsConfigDict(env_prefix="INGESTION_", populate_by_name=True)

    max_file_bytes: int = Field(512 * MIB, ge=1024)
    page_rows: int = Field(500, ge=1, le=5000, description="Rows in one event.")
    pages_in_flight: int = Field(
        20, ge=1, description="Unanswered pages of one job before its reading pauses."
    )
    keep_files_days: int = Field(30, ge=0, description="After the job has finished.")
    progress_seconds: float = Field(0.25, gt=0, description="Pace of the progress stream.")

    @model_validator(mode="after")
    def _let_files_through(self) -> Self:
        """The edge's limit of bodies must let the largest file pass."""
        self.max_body_bytes = max(self.max_body_bytes, self.max_file_bytes + ENVELOPE_BYTES)
        return self


@cache
def settings() -> IngestionSettings:
    """The settings of this process."""
    return IngestionSettings()
