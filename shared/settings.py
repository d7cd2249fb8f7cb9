"""What a process is told by its environment: `DUESLINE_*`, and a service's own prefix.

The same names serve `api`, `worker` and `migrate`; the deployment gives each process the
database URL of its own login role.
"""

from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

MIB: Final = 1024 * 1024


def _duesline(name: str, default: Any = ..., **more: Any) -> Any:
    """A field read from `DUESLINE_<NAME>` whatever prefix a subclass has for its own."""
    return Field(default, validation_alias=f"DUESLINE_{name.upper()}", **more)


class ServiceSettings(BaseSettings):
    """The settings every process has.

    A service that needs more subclasses it with
    `model_config = SettingsConfigDict(env_prefix="BILLING_")`: its own fields are read from
    `BILLING_*`, these here still from `DUESLINE_*`.
    """

    model_config = SettingsConfigDict(env_prefix="DUESLINE_", populate_by_name=True, extra="ignore")

    environment: Literal["prod", "demo", "test"] = _duesline("environment", "prod")
    service: str = _duesline("service", "")
    database_url: str = _duesline("database_url", "", description="The process's own login role.")
    amqp_url: str = _duesline("amqp_url", "")
    pool_size: int = _duesline("pool_size", 10, ge=1)
    token_public_key: str = _duesline("token_public_key", "", description="PEM, one key or more.")
    token_public_key_file: Path | None = _duesline("token_public_key_file", None)
    max_body_bytes: int = _duesline("max_body_bytes", 2 * MIB, ge=1024)
    log_format: Literal["json", "console"] = _duesline("log_format", "json")
    log_level: Literal["debug", "info", "warning", "error"] = _duesline("log_level", "info")
    access_log: bool = _duesline("access_log", True)
    trace_file: Path | None = _duesline("trace_file", None)
    trace_ratio: float | None = _duesline("trace_ratio", None, ge=0, le=1)

    @property
    def sampled_ratio(self) -> float:
        """The share of new traces to record: all of them, except in production 1 %."""
        if self.trace_ratio is not None:
            return self.trace_ratio
        return 0.01 if self.environment == "prod" else 1.0
