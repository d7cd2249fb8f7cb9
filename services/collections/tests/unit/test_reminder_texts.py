"""What reminders say."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.collections.texts.rules import (
    DEFAULTS,
    PLACES,
    Facts,
    Language,
    Template,
    checked,
    days,
    language_of,
    locale_of,
    write,
)
from shared.contracts.collections import ReminderKind
from shared.money import Money

TODAY = date(2026, 11, 25)


def facts(late: int, amount: Money | None = None) -> Facts:
    return Facts(
        provider="Red Andina",
        customer="Ana Pérez",
        number="A-00000042",
        amount=amount or Money(123_450, "USD"),
        due_on=TODAY - timedelta(days=late),
        today=TODAY,
    )


@pytest.mark.parametrize(
    ("kind", "language", "late", "title"),
    [
        ("upcoming", "es", -1, "Red Andina: tu factura A-00000042 vence en 1 día"),
        ("upcoming", "es", -3, "Red Andina: tu factura A-00000042 vence en 3 días"),
        ("due_today", "es", 0, "Red Andina: tu factura A-00000042 vence hoy"),
        ("overdue", "es", 8, "Red Andina: tu factura A-00000042 venció hace 8 días"),
        ("upcoming", "en", -1, "Red Andina: your invoice A-00000042 is due in 1 day"),
        ("overdue", "en", 8, "Red Andina: your invoice A-00000042 is overdue by 8 days"),
    ],
)
def test_a_title_names_provider_invoice_and_days(
    kind: str, language: Language, late: int, title: str
) -> None:
    template = DEFAULTS[ReminderKind(kind), language]
    written = write(template, ReminderKind(kind), facts(late), locale_of(language, "EC"))
    assert written.title == title


@pytest.mark.parametrize(
    ("language", "country", "currency", "shown"),
    [
        ("es", "EC", "USD", "$1.234,50"),
        ("en", "US", "USD", "$1,234.50"),
        ("es", "CL", "CLP", "$123.450"),
        ("es", "CO", "COP", "1.234,50"),
    ],
)
def test_amounts_are_written_as_the_country_writes_them(
    language: Language, country: str, currency: str, shown: str
) -> None:
    template = Template("x", "{amount}")
    amount = facts(0, Money(123_450, currency))
    text = write(template, ReminderKind.OVERDUE, amount, locale_of(language, country)).body
    assert shown in text.replace("\xa0", "")


def test_one_day_is_singular() -> None:
    assert [days(count, "es_EC") for count in (0, 1, 2)] == ["0 días", "1 día", "2 días"]
    assert [days(count, "en") for count in (0, 1, 2)] == ["0 days", "1 day", "2 days"]


@pytest.mark.parametrize(
    ("given_", "locale", "language"),
    [("en", "es_EC", "en"), (None, "es_EC", "es"), (None, "en_US", "en"), (None, "pt_BR", "en")],
)
def test_the_customers_language_comes_before_the_organizations(
    given_: str | None, locale: str, language: str
) -> None:
    assert language_of(given_, locale) == language


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "}",
        "{}",
        "{0}",
        "{amount.__class__}",
        "{amount[0]}",
        "{amount!r}",
        "{amount:>99}",
        "{secret}",
        "{amount",
        "{{amount}",
    ],
)
def test_a_template_with_anything_but_a_known_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"place|brace"):
        checked(text)


def test_every_template_that_comes_with_us_is_a_good_one() -> None:
    for template in DEFAULTS.values():
        assert [checked(text) for text in template] == list(template)


@given(st.lists(st.sampled_from([*(f"{{{name}}}" for name in PLACES), "{{", "}}", " ", "ñ"])))
def test_whatever_passes_the_check_can_be_filled_in(parts: list[str]) -> None:
    text = checked("".join(parts))
    written = write(Template("x", text), ReminderKind.OVERDUE, facts(3), "es_EC").body
    assert written.count("Ana Pérez") == parts.count("{customer}")
