"""What collections is told beyond what every service is: `COLLECTIONS_*`."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class CollectionsSettings(ServiceSettings):
    """The ways out for messages; one without an address is closed."""

    model_config = SettingsConfigDict(env_prefix="COLLECTIONS_", populate_by_name=True)

    sms_url: str = ""
    sms_secret: SecretStr = SecretStr("")
    whatsapp_url: str = ""
    whatsapp_secret: SecretStr = SecretStr("")


def settings() -> CollectionsSettings:
    """The settings of this process, read anew: a timer asks once per run."""
    return CollectionsSettings()
