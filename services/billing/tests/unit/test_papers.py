"""What an invoice's paper says, in both languages, and that text is never markup."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from services.billing.brands.store import Brand
from services.billing.invoices.model import Invoice
from services.billing.invoices.rules import Charge
from services.billing.numbering.rules import Number
from services.billing.papers.invoice import Addressee, invoice_paper
from services.billing.papers.printing import compile_paper
from services.billing.papers.words import WORDS, paper_of, voice_for
from shared.ids import new_id
from shared.tenancy import Organization

TODAY: Final = date(2026, 11, 25)
AT: Final = datetime(2026, 11, 25, 17, tzinfo=UTC)


def organization(currency: str = "USD", locale: str = "es_EC", country: str = "EC") -> Organization:
    """An organization somewhere."""
    return Organization(
        new_id(), 1, "Andes Net", country, currency, "UTC", locale, False, timedelta(0), True
    )


def invoice(currency: str = "USD", description: str = "Fibra 300") -> Invoice:
    """An issued invoice of 2 x 50.00 at 15 % and 10.00 without tax, due on 5 December."""
    charges = [
        Charge(description, Decimal(2), 5000, Decimal(15)),
        Charge("Visita", Decimal("0.5"), 2000, Decimal(0)),
    ]
    made = Invoice.draft(new_id(), new_id(), currency, new_id(), charges)
    made.issue(Number(7), on=date(2026, 11, 20), due_on=date(2026, 12, 5))
    return made


def paper(of: Invoice, language: str | None = "en", today: date = TODAY, **more: Any) -> Any:
    """The data of its paper."""
    where = organization(**more)
    voice = voice_for(language, where.locale)
    return invoice_paper(of, Addressee("Rosa Quispe"), Brand(), where, voice, today)


def test_every_word_is_there_in_both_languages_with_the_same_blanks() -> None:
    assert WORDS["es"].keys() == WORDS["en"].keys()
    for name, text in WORDS["es"].items():
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", WORDS["en"][name]))


@pytest.mark.parametrize(
    ("language", "locale", "spoken", "amount"),
    [
        ("es", "es_EC", "es", "$1.234,50"),
        ("en", "es_EC", "en", "$1,234.50"),
        (None, "es_EC", "es", "$1.234,50"),
        (None, "en-US", "en", "$1,234.50"),
        (None, "pt_BR", "en", "$1,234.50"),
        ("es", "en_US", "es", "$1,234.50"),
    ],
)
def test_a_paper_speaks_the_customers_language_else_the_organizations(
    language: str | None, locale: str, spoken: str, amount: str
) -> None:
    voice = voice_for(language, locale)

    assert voice.language == spoken
    assert voice.money(123_450, "USD").replace("US$", "$").replace("\xa0", "") == amount


@pytest.mark.parametrize(
    ("currency", "locale", "total"),
    [("CLP", "es_CL", "$12.500"), ("BHD", "en_US", "BHD 12.500"), ("USD", "en_US", "$125.00")],
)
def test_amounts_have_the_decimals_of_their_currency(
    currency: str, locale: str, total: str
) -> None:
    said = paper(invoice(currency), None, currency=currency, locale=locale)

    (shown,) = (row["amount"] for row in said["sums"] if row["word"] in ("Total",))
    assert shown.replace("\xa0", " ") == total


def test_the_tax_summary_and_the_sums_come_to_the_invoice() -> None:
    said = paper(invoice())

    assert [(tax["rate"], tax["base"], tax["tax"]) for tax in said["taxes"]] == [
        ("0 %", "$10.00", "$0.00"),
        ("15 %", "$100.00", "$15.00"),
    ]
    assert [row["amount"] for row in said["sums"]] == ["$110.00", "$15.00", "$125.00", "$125.00"]


def test_what_was_paid_and_credited_leads_to_the_balance() -> None:
    made = invoice()
    made.credited_minor, made.allocated_minor = 2_500, 4_000

    said = paper(made)

    assert [(row["word"], row["amount"]) for row in said["sums"][3:]] == [
        ("Credit notes", "-$25.00"),
        ("Paid", "-$40.00"),
        ("Balance due", "$60.00"),
    ]
    assert said["ask"]["amount"] == "$60.00"


@pytest.mark.parametrize(
    ("state", "word", "watermark", "note"),
    [
        ("sent", "Due", None, "Please pay by Dec 5, 2026"),
        ("overdue", "Overdue", None, "Was due Dec 5, 2026: 5 days overdue"),
        ("draft", "Draft", "Draft", "Draft, not a demand for payment"),
        ("void", "Void", "Void", "This invoice was voided; do not pay it"),
        ("paid", "Paid", None, "Thank you for your payment"),
    ],
)
def test_a_paper_bears_the_mark_of_its_status(
    state: str, word: str, watermark: str | None, note: str
) -> None:
    made, today = invoice(), TODAY
    if state == "draft":
        made = Invoice.draft(
            new_id(), new_id(), "USD", new_id(), [Charge("x", Decimal(1), 100, Decimal(0))]
        )
    elif state == "void":
        made.void("a slip", on=TODAY)
    elif state == "paid":
        made.allocated_minor, made.settled_on = made.total_minor, TODAY
    elif state == "overdue":
        today = date(2026, 12, 10)

    said = paper(made, today=today)

    assert said["status"]["word"] == word
    assert said["watermark"] == watermark
    assert said["ask"]["note"] == note
    assert compile_paper("invoice", said, AT).startswith(b"%PDF")


@pytest.mark.parametrize(
    "text", ["#panic()", "*a* $x$ `y` <z> @ref", '"\\u{41}', '#import "x"', "ñ–😀"]
)
def test_text_is_never_markup(text: str) -> None:
    said = paper(invoice(description=text))

    assert said["items"][0]["description"] == text
    assert compile_paper("invoice", said, AT).startswith(b"%PDF")


def test_the_same_paper_at_the_same_instant_is_the_same_file() -> None:
    said = paper(invoice())

    assert compile_paper("invoice", said, AT) == compile_paper("invoice", said, AT)


@pytest.mark.parametrize(
    ("country", "sheet"), [("EC", "a4"), ("US", "us-letter"), ("MX", "us-letter")]
)
def test_a_country_prints_on_its_own_paper(country: str, sheet: str) -> None:
    assert paper_of(country) == sheet
