"""The texts of reminders: the templates that come with us, those an organization writes, and
how they are filled in.

Pure. A template names its places in braces, `{amount}`; nothing but a known name may stand
there, so a template can neither fail nor reach for anything when it is filled in.
"""

from collections.abc import Mapping
from datetime import date
from string import Formatter
from typing import Final, Literal, NamedTuple

from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date

from shared.contracts.collections import ReminderKind
from shared.money import Money

Language = Literal["es", "en"]

PLACES: Final = ("provider", "customer", "number", "amount", "days", "due_on")
LONGEST_TITLE: Final = 120
LONGEST_BODY: Final = 1000


class Template(NamedTuple):
    """A text with places to fill in."""

    title: str
    body: str


class Facts(NamedTuple):
    """What a reminder is about."""

    provider: str
    customer: str
    number: str
    amount: Money
    due_on: date
    today: date


DEFAULTS: Final[Mapping[tuple[ReminderKind, Language], Template]] = {
    (ReminderKind.UPCOMING, "es"): Template(
        "{provider}: tu factura {number} vence en {days}",
        "Hola, {customer}. Tu factura {number} por {amount} vence el {due_on}, en {days}."
        " Si ya la pagaste, no hagas caso de este mensaje.",
    ),
    (ReminderKind.DUE_TODAY, "es"): Template(
        "{provider}: tu factura {number} vence hoy",
        "Hola, {customer}. Tu factura {number} por {amount} vence hoy, {due_on}."
        " Si ya la pagaste, no hagas caso de este mensaje.",
    ),
    (ReminderKind.OVERDUE, "es"): Template(
        "{provider}: tu factura {number} venció hace {days}",
        "Hola, {customer}. Tu factura {number} venció el {due_on}, hace {days}, y quedan por"
        " pagar {amount}. Paga cuanto antes para conservar tu servicio.",
    ),
    (ReminderKind.UPCOMING, "en"): Template(
        "{provider}: your invoice {number} is due in {days}",
        "Hello {customer}. Your invoice {number} for {amount} is due on {due_on}, in {days}."
        " If you have paid it already, please ignore this message.",
    ),
    (ReminderKind.DUE_TODAY, "en"): Template(
        "{provider}: your invoice {number} is due today",
        "Hello {customer}. Your invoice {number} for {amount} is due today, {due_on}."
        " If you have paid it already, please ignore this message.",
    ),
    (ReminderKind.OVERDUE, "en"): Template(
        "{provider}: your invoice {number} is overdue by {days}",
        "Hello {customer}. Your invoice {number} was due on {due_on}, {days} ago, and {amount} is"
        " still to be paid. Please pay soon to keep your service.",
    ),
}


def checked(text: str) -> str:
    """The text of a template; raises ValueError with the place that is wrong."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"has a brace without its other: {error}") from error
    for _, place, form, conversion in parts:
        if place is None:
            continue
        if place not in PLACES or form or conversion:
            known = ", ".join(f"{{{name}}}" for name in PLACES)
            raise ValueError(f"has the place {{{place[:40]}}}; known are {known}")
    return text


def language_of(given: str | None, locale: str) -> Language:
    """The language a customer is written to in: the customer's, else the organization's."""
    language = (given or locale)[:2].lower()
    return "es" if language == "es" else "en"


def write(template: Template, kind: ReminderKind, facts: Facts, locale: str) -> Template:
    """The text with its places filled in, as people of the locale write numbers and dates."""
    late = abs((facts.today - facts.due_on).days)
    values = {
        "provider": facts.provider,
        "customer": facts.customer,
        "number": facts.number,
        "amount": facts.amount.format(locale),
        "days": days(late, locale),
        "due_on": format_date(facts.due_on, "long", locale),
    }
    return Template(*(_filled(text, values) for text in template))


def days(count: int, locale: str) -> str:
    """A number of days in words of the locale."""
    if locale.startswith("es"):
        return "1 día" if count == 1 else f"{count} días"
    return "1 day" if count == 1 else f"{count} days"


def locale_of(language: Language, country: str) -> str:
    """How people who speak the language write in the country."""
    try:
        return str(Locale.parse(f"{language}_{country}"))
    except (UnknownLocaleError, ValueError):
        return language


def _filled(text: str, values: Mapping[str, str]) -> str:
    return "".join(
        literal + (values[place] if place else "")
        for literal, place, _, _ in Formatter().parse(text)
    )
