"""Settings: shared names for all, own names for the one that needs more."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class BillingSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="BILLING_")

    window_days: int = 5


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUESLINE_DATABASE_URL", "postgresql://here")
    monkeypatch.setenv("DUESLINE_TRACE_FILE", "spans.jsonl")
    monkeypatch.setenv("BILLING_WINDOW_DAYS", "9")

    settings = BillingSettings()

    assert settings.database_url == "postgresql://here"
    assert settings.trace_file == Path("spans.jsonl")
    assert settings.window_days == 9


def test_a_test_may_give_settings_by_name() -> None:
    settings = BillingSettings(database_url="postgresql://there", window_days=1, pool_size=3)

    assert (settings.database_url, settings.window_days) == ("postgresql://there", 1)
    assert settings.pool_size == 3


@pytest.mark.parametrize(
    ("environment", "given", "ratio"),
    [("prod", None, 0.01), ("demo", None, 1.0), ("test", None, 1.0), ("prod", "0.5", 0.5)],
)
def test_production_samples_one_trace_in_a_hundred(
    monkeypatch: pytest.MonkeyPatch, environment: str, given: str | None, ratio: float
) -> None:
    monkeypatch.setenv("DUESLINE_ENVIRONMENT", environment)
    if given is not None:
        monkeypatch.setenv("DUESLINE_TRACE_RATIO", given)

    assert ServiceSettings().sampled_ratio == ratio


def test_a_nonsensical_setting_stops_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUESLINE_POOL_SIZE", "0")

    with pytest.raises(ValidationError, match="DUESLINE_POOL_SIZE"):
        ServiceSettings()
