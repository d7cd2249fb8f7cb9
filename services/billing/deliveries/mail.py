"""An invoice as an e-mail: a few words in the customer's language, and the PDF.

Pure: what was read in, a message out.
"""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, Template

from services.billing.papers.operations import Sheet
from shared.mail import new_message

TEMPLATES: Final = Path(__file__).parent / "templates"


@cache
def _html() -> Template:
    loader = FileSystemLoader(TEMPLATES)
    return Environment(loader=loader, autoescape=True).get_template("invoice.html")


def invoice_mail(
    sheet: Sheet, pdf: bytes, *, delivery_id: UUID, recipient: str, sender: str, at: datetime
) -> EmailMessage:
    """The message; its Message-ID is the delivery's, so that a repeated try can be told as one."""
    brand = sheet.data["brand"]
    name = _line(brand["name"])
    message = new_message()
    message["From"] = Address(display_name=name, addr_spec=sender)
    message["To"] = recipient
    message["Subject"] = sheet.voice["mail_subject"].format(number=sheet.invoice.number, name=name)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<invoice.{delivery_id}@{sender.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    paragraphs = _paragraphs(sheet)
    pay = sheet.brand.payment_instructions if sheet.data["pay"] else None
    how = [sheet.voice["how_to_pay"] + ":", pay] if pay else []
    text = "\n\n".join([*paragraphs, *how, sheet.voice["mail_bye"], name])
    message.set_content(text + "\n")
    html = _html().render(
        language=sheet.voice.language,
        paragraphs=paragraphs,
        words=sheet.voice.words,
        ask=sheet.data["ask"],
        brand=brand,
        pay=pay,
        name=name,
    )
    message.add_alternative(html, subtype="html")
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename=sheet.file_name)
    return message


def _paragraphs(sheet: Sheet) -> list[str]:
    """Hello, which invoice, and what is left to pay by when."""
    invoice, voice = sheet.invoice, sheet.voice
    view = invoice.seen_on(sheet.organization.today())
    if view.open_minor == 0:
        owed = voice["mail_paid"]
    else:
        late = (view.days_until_due or 0) < 0
        owed = voice["mail_late" if late else "mail_due"].format(
            open=voice.money(view.open_minor, invoice.currency), day=voice.day(invoice.due_on)
        )
    total = voice.money(invoice.total_minor, invoice.currency)
    return [
        voice["mail_hello"].format(customer=_line(sheet.customer.name)),
        voice["mail_text"].format(number=invoice.number, total=total),
        owed,
    ]


def _line(text: str) -> str:
    """Text for one line of a header."""
    return " ".join(text.split())
