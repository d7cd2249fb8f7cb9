"""What payments is told beyond what every service is: `PAYMENTS_*`."""

from datetime import timedelta
from functools import cache

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from services.payments.vault import Vault
from shared.settings import ServiceSettings


class PaymentsSettings(ServiceSettings):
    """The key to the processors' secrets, and how long things with a processor may take."""

    model_config = SettingsConfigDict(env_prefix="PAYMENTS_", populate_by_name=True)

    secrets_key: SecretStr = Field(
        SecretStr(""),
        description="A random text of 32 characters or more. Several, separated by commas:"
        " the first seals, each opens. Without one no processor can be set up.",
    )
    stripe_api_base: str = "https://api.stripe.com"
    processor_seconds: float = Field(10.0, gt=0, description="What one call may take.")
    webhook_tolerance_seconds: int = Field(300, ge=1, description="Either way from our clock.")
    intent_hours: float = Field(24.0, gt=0, description="Unconfirmed for so long: cancelled.")
    pending_hours: float = Field(
        72.0, gt=0, description="How long a confirmed payment may be honoured as under way."
    )
    reconcile_minutes: float = Field(10.0, gt=0, description="Silent for so long: asked about.")

    @field_validator("secrets_key")
    @classmethod
    def _of_use(cls, secrets_key: SecretStr) -> SecretStr:
        """A key that cannot be used stops the process at its start, not a request."""
        Vault.of(secrets_key.get_secret_value())
        return secrets_key

    @property
    def tolerance(self) -> timedelta:
        """How far a signature's time may be from ours."""
        return timedelta(seconds=self.webhook_tolerance_seconds)


@cache
def settings() -> PaymentsSettings:
    """The settings of this process."""
    return PaymentsSettings()
