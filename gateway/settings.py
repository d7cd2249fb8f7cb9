"""What the gateway is told by its environment, beside what every process is told."""

from pathlib import Path
from typing import Annotated, Final

from pydantic import AnyHttpUrl, Field, TypeAdapter, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from gateway.edge.limiting import Allowances
from gateway.routes import SERVICES
from shared.settings import ServiceSettings

HTTP_URL: Final = TypeAdapter(AnyHttpUrl)


class GatewaySettings(ServiceSettings):
    """`GATEWAY_<SERVICE>_URL` and `GATEWAY_<SERVICE>_WORKER_URL` say where the services are.

    A worker without a URL is left out of the health of the whole.
    """

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", populate_by_name=True, extra="ignore")

    token_private_key_file: Path | None = Field(
        None, validation_alias="DUESLINE_TOKEN_PRIVATE_KEY_FILE"
    )

    customers_url: str = ""
    customers_worker_url: str = ""
    billing_url: str = ""
    billing_worker_url: str = ""
    payments_url: str = ""
    payments_worker_url: str = ""
    collections_url: str = ""
    collections_worker_url: str = ""
    ingestion_url: str = ""
    ingestion_worker_url: str = ""

    admin_email: str = Field("", description="The first platform_admin, made at the start.")
    admin_password_file: Path | None = None

    console_dir: Path | None = Field(None, description="The built console.")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins other than our own that may call the API, separated by commas."
    )

    rate_limits: bool = Field(True, description="Off for benchmarks.")
    rate_user: str = "12000/minute"
    rate_address: str = "3000/minute"
    rate_credentials: str = "60/minute"
    rate_webhooks: str = "12000/minute"
    login_attempts: int = Field(10, ge=1, description="Per e-mail and address, until one works.")
    login_window_minutes: int = Field(15, ge=1)

    connect_seconds: float = Field(2.0, gt=0)
    silence_seconds: float = Field(60.0, gt=0, description="How long a service may say nothing.")
    part_seconds: float = Field(2.0, gt=0, description="What a part of a composed read may take.")

    refresh_days: int = Field(14, ge=1, description="A session unused for so long has ended.")
    session_days: int = Field(90, ge=1, description="A session ends after so long in any case.")
    password_passes: int = Field(3, ge=1)
    password_memory_kib: int = Field(65536, ge=64)

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _separated_by_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @property
    def apis(self) -> dict[str, str]:
        """Where each service's API is."""
        urls = {service: getattr(self, f"{service}_url") for service in SERVICES}
        missing = [f"GATEWAY_{name.upper()}_URL" for name, url in urls.items() if not url]
        if missing:
            raise ValueError(f"set {', '.join(missing)}")
        for url in urls.values():
            HTTP_URL.validate_python(url)
        return urls

    @property
    def workers(self) -> dict[str, str]:
        """Where each worker's health is, as far as we are told."""
        urls = {service: getattr(self, f"{service}_worker_url") for service in SERVICES}
        return {service: url for service, url in urls.items() if url}

    @property
    def allowances(self) -> Allowances:
        """How much one caller may ask for."""
        return Allowances(
            self.rate_user, self.rate_address, self.rate_credentials, self.rate_webhooks
        )
