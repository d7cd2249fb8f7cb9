"""Why a line is where it is, in words."""

from datetime import date
from uuid import UUID

import pytest

from services.collections.decisions.rules import Condition, ConditionName
from services.collections.pauses.rules import Pause, PauseKind
from services.collections.policies.rules import default_policy
from services.collections.why.words import LANGUAGES, Words

DAY = date(2026, 12, 4)


def pause(kind: PauseKind, until_on: date | None = None) -> Pause:
    return Pause(UUID(int=1), kind, None, None, None, date(2026, 11, 25), until_on, None, True)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "en",
            "45.00 USD of it does not count for now:"
            " it is in a payment plan and it is put off until December 4, 2026.",
        ),
        (
            "es",
            "45.00 USD no cuentan por ahora:"
            " hay un plan de pagos y está en pausa hasta el 4 de diciembre de 2026.",
        ),
    ],
)
def test_what_pauses_is_named_each_kind_once(language: str, sentence: str) -> None:
    condition = Condition(ConditionName.NOT_PAUSED, {"USD": 4500}, False)
    pauses = [
        pause(PauseKind.PLAN),
        pause(PauseKind.MANUAL, DAY),
        pause(PauseKind.PLAN),
    ]
    assert Words(language).condition(condition, default_policy("USD"), pauses) == sentence


@pytest.mark.parametrize("kind", list(PauseKind))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_pause_has_words(kind: PauseKind, language: str) -> None:
    assert Words(language).paused([pause(kind, DAY)])
