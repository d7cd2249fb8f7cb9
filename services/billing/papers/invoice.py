"""An invoice as its template wants it: every amount and date already written out.

Pure: an invoice, its brand and a day in, data out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from services.billing.brands.store import Brand
from services.billing.invoices.model import Invoice
from services.billing.invoices.rules import Document, InvoiceStatus
from services.billing.papers.printing import logo_format
from services.billing.papers.words import Voice, paper_of
from shared.contracts.billing import InvoiceKind
from shared.tenancy import Organization

TONES: Final = {InvoiceStatus.PAID: "good", InvoiceStatus.OVERDUE: "bad", InvoiceStatus.VOID: "bad"}
WATERMARKED: Final = {InvoiceStatus.DRAFT, InvoiceStatus.VOID}


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a paper is for."""

    name: str
    email: str | None = None
    language: str | None = None


def branded(brand: Brand, organization: Organization) -> dict[str, Any]:
    """The brand as the templates know it."""
    return {
        "name": brand.legal_name or organization.name,
        "tax_id": brand.tax_id,
        "address": brand.address,
        "contact": brand.contact,
        "colour": brand.colour,
        "accent": brand.accent,
        "footer": brand.footer,
        "payment_instructions": brand.payment_instructions,
        "logo": list(brand.logo) if brand.logo else None,
        "logo_format": logo_format(brand.logo_type) if brand.logo_type else None,
    }


def sheet(voice: Voice, brand: Brand, organization: Organization) -> dict[str, Any]:
    """What every paper starts from."""
    return {
        "language": voice.language,
        "paper": paper_of(organization.country),
        "words": dict(voice.words),
        "brand": branded(brand, organization),
        "watermark": None,
    }


def invoice_paper(
    invoice: Invoice,
    customer: Addressee,
    brand: Brand,
    organization: Organization,
    voice: Voice,
    today: date,
) -> dict[str, Any]:
    """The data of an invoice's paper as of a day."""
    view = invoice.seen_on(today)
    status = view.status
    return sheet(voice, brand, organization) | {
        "title": voice["invoice" if invoice.kind == InvoiceKind.CHARGE else invoice.kind],
        "number": invoice.number,
        "status": {"word": voice[status.value], "tone": TONES.get(status, "neutral")},
        "watermark": voice[status.value] if status in WATERMARKED else None,
        "customer": [part for part in (customer.name, customer.email) if part],
        "facts": _facts(invoice, voice),
        "ask": _ask(invoice, voice, today),
        "items": [_item(invoice, at, voice) for at in range(len(invoice.items))],
        "taxes": _taxes(invoice, voice),
        "sums": _sums(invoice, view.open_minor, voice),
        "memo": invoice.memo,
        "pay": view.open_minor > 0 or status is InvoiceStatus.DRAFT,
    }


def _facts(invoice: Invoice, voice: Voice) -> list[list[str]]:
    rows = [
        [voice["issued"], voice.day(invoice.issued_on)],
        [voice["due"], voice.day(invoice.due_on)],
    ]
    if invoice.voided_on is not None:
        rows.append([voice["voided"], voice.day(invoice.voided_on)])
    elif invoice.settled_on is not None:
        rows.append([voice["settled"], voice.day(invoice.settled_on)])
    return [*rows, [voice["currency"], invoice.currency]]


def _ask(invoice: Invoice, voice: Voice, today: date) -> dict[str, Any]:
    """The one line a payer reads: how much, and by when."""
    view = invoice.seen_on(today)
    owed = invoice.total_minor if invoice.document == Document.DRAFT else view.open_minor
    late = view.status is InvoiceStatus.OVERDUE
    days = -(view.days_until_due or 0)
    if view.status is InvoiceStatus.DRAFT:
        note = voice["ask_draft"]
    elif view.status is InvoiceStatus.VOID:
        note = voice["ask_void"]
    elif late:
        name = "ask_late_one" if days == 1 else "ask_late"
        note = voice[name].format(day=voice.day(invoice.due_on), days=days)
    elif view.open_minor > 0:
        note = voice["ask_due"].format(day=voice.day(invoice.due_on))
    else:
        written_off = view.settlement.value == "written_off"
        note = voice["ask_written_off" if written_off else "ask_paid"]
    return {
        "word": voice["ask"],
        "amount": voice.money(owed, invoice.currency),
        "note": note,
        "late": late,
    }


def _item(invoice: Invoice, at: int, voice: Voice) -> Mapping[str, str]:
    item = invoice.items[at]
    rate = voice.percent(item.tax_rate)
    return {
        "description": item.description,
        "quantity": voice.number(item.quantity),
        "unit_price": voice.money(item.unit_price_minor, invoice.currency),
        "tax_rate": f"{rate} {voice['included']}" if item.price_includes_tax else rate,
        "net": voice.money(item.net_minor, invoice.currency),
    }


def _taxes(invoice: Invoice, voice: Voice) -> list[Mapping[str, str]]:
    """Base and tax by rate, as they are on the items: rounded there, only added here."""
    by_rate: dict[Decimal, list[int]] = {}
    for item in invoice.items:
        sums = by_rate.setdefault(item.tax_rate.normalize(), [0, 0])
        sums[0] += item.net_minor
        sums[1] += item.tax_minor
    if set(by_rate) == {Decimal(0)}:
        return []
    return [
        {
            "rate": voice.percent(rate),
            "base": voice.money(base, invoice.currency),
            "tax": voice.money(tax, invoice.currency),
        }
        for rate, (base, tax) in sorted(by_rate.items())
    ]


def _sums(invoice: Invoice, open_minor: int, voice: Voice) -> list[Mapping[str, Any]]:
    """Subtotal to balance; what is zero and says nothing is left out."""

    def line(name: str, minor: int, *, strong: bool = False) -> Mapping[str, Any]:
        amount = voice.money(minor, invoice.currency)
        return {"word": voice[name], "amount": amount, "strong": strong}

    rows = [line("subtotal", invoice.subtotal_minor), line("tax", invoice.tax_minor)]
    if invoice.document == Document.DRAFT:
        return [*rows, line("total", invoice.total_minor, strong=True)]
    rows.append(line("total", invoice.total_minor, strong=True))
    lowered = {
        "credited": invoice.credited_minor,
        "written_off": invoice.amounts().given_up_minor,
        "allocated": invoice.allocated_minor,
    }
    rows += [line(name, -minor) for name, minor in lowered.items() if minor]
    return [*rows, line("balance_due", open_minor, strong=True)]
