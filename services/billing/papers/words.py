"""What papers and mails say, in Spanish and in English, and how amounts and dates are written."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Final

from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from shared.money import Money

LANGUAGES: Final = ("es", "en")
CODE: Final = re.compile(r"(?<=[A-Z])(?=[0-9])")
LETTER: Final = frozenset(
    {"BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"}
)
"""The countries that print on US letter (CLDR); the others print on A4."""

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "es": {
        "invoice": "Factura",
        "late_fee": "Cargo por mora",
        "plan_fee": "Cargo por plan de pagos",
        "statement": "Estado de cuenta",
        "from": "De",
        "to": "Para",
        "page": "Página {page} de {pages}",
        "issued": "Emisión",
        "due": "Vencimiento",
        "settled": "Pagada el",
        "voided": "Anulada el",
        "currency": "Moneda",
        "description": "Descripción",
        "quantity": "Cant.",
        "unit_price": "P. unitario",
        "tax": "Impuesto",
        "taxes": "Detalle de impuestos",
        "included": "incl.",
        "rate": "Tarifa",
        "base": "Base",
        "amount": "Importe",
        "subtotal": "Subtotal",
        "total": "Total",
        "credited": "Notas de crédito",
        "written_off": "Dado de baja",
        "allocated": "Pagado",
        "balance_due": "Saldo por pagar",
        "memo": "Notas",
        "how_to_pay": "Cómo pagar",
        "ask": "Total por pagar",
        "ask_due": "Pague hasta el {day}",
        "ask_late": "Venció el {day}: {days} días de atraso",
        "ask_late_one": "Venció el {day}: 1 día de atraso",
        "ask_paid": "Gracias por su pago",
        "ask_void": "Esta factura fue anulada; no pague",
        "ask_draft": "Borrador sin valor legal",
        "ask_written_off": "Deuda dada de baja",
        "draft": "Borrador",
        "sent": "Por pagar",
        "partial": "Pago parcial",
        "paid": "Pagada",
        "overdue": "Vencida",
        "void": "Anulada",
        "since": "Desde",
        "until": "Hasta",
        "beginning": "inicio",
        "movements": "Movimientos",
        "date": "Fecha",
        "reference": "Referencia",
        "charges": "Cargos",
        "payments": "Abonos",
        "balance": "Saldo",
        "opening": "Saldo inicial",
        "closing": "Saldo final",
        "invoices": "Facturas",
        "customers": "Por cliente",
        "customer": "Cliente",
        "number": "Número",
        "open": "Por pagar",
        "status": "Estado",
        "unallocated": "Saldo a favor",
        "note_known": "Con lo registrado hasta el {instant}.",
        "kind_invoice": "Factura",
        "kind_void": "Anulación de factura",
        "kind_credit_note": "Nota de crédito",
        "kind_write_off": "Deuda dada de baja",
        "kind_recovery": "Recuperación de deuda",
        "kind_payment": "Pago",
        "kind_refund": "Reembolso",
        "kind_reversal": "Pago anulado",
        "kind_charge_back": "Contracargo",
        "all_customers": "Todos los clientes",
        "mail_subject": "Factura {number} de {name}",
        "mail_hello": "Hola, {customer}:",
        "mail_text": "Adjuntamos su factura {number} por {total}.",
        "mail_due": "El saldo de {open} vence el {day}.",
        "mail_late": "El saldo de {open} venció el {day}.",
        "mail_paid": "No tiene saldo por pagar.",
        "mail_bye": "Gracias por su confianza.",
    },
    "en": {
        "invoice": "Invoice",
        "late_fee": "Late fee",
        "plan_fee": "Payment plan fee",
        "statement": "Account statement",
        "from": "From",
        "to": "Bill to",
        "page": "Page {page} of {pages}",
        "issued": "Issued",
        "due": "Due",
        "settled": "Settled",
        "voided": "Voided",
        "currency": "Currency",
        "description": "Description",
        "quantity": "Qty",
        "unit_price": "Unit price",
        "tax": "Tax",
        "taxes": "Tax summary",
        "included": "incl.",
        "rate": "Rate",
        "base": "Base",
        "amount": "Amount",
        "subtotal": "Subtotal",
        "total": "Total",
        "credited": "Credit notes",
        "written_off": "Written off",
        "allocated": "Paid",
        "balance_due": "Balance due",
        "memo": "Notes",
        "how_to_pay": "How to pay",
        "ask": "Amount due",
        "ask_due": "Please pay by {day}",
        "ask_late": "Was due {day}: {days} days overdue",
        "ask_late_one": "Was due {day}: 1 day overdue",
        "ask_paid": "Thank you for your payment",
        "ask_void": "This invoice was voided; do not pay it",
        "ask_draft": "Draft, not a demand for payment",
        "ask_written_off": "This debt was written off",
        "draft": "Draft",
        "sent": "Due",
        "partial": "Partly paid",
        "paid": "Paid",
        "overdue": "Overdue",
        "void": "Void",
        "since": "Since",
        "until": "Until",
        "beginning": "beginning",
        "movements": "Movements",
        "date": "Date",
        "reference": "Reference",
        "charges": "Charges",
        "payments": "Credits",
        "balance": "Balance",
        "opening": "Opening balance",
        "closing": "Closing balance",
        "invoices": "Invoices",
        "customers": "By customer",
        "customer": "Customer",
        "number": "Number",
        "open": "Open",
        "status": "Status",
        "unallocated": "Account credit",
        "note_known": "With what was on record by {instant}.",
        "kind_invoice": "Invoice",
        "kind_void": "Invoice voided",
        "kind_credit_note": "Credit note",
        "kind_write_off": "Written off",
        "kind_recovery": "Recovery",
        "kind_payment": "Payment",
        "kind_refund": "Refund",
        "kind_reversal": "Payment reversed",
        "kind_charge_back": "Charge-back",
        "all_customers": "All customers",
        "mail_subject": "Invoice {number} from {name}",
        "mail_hello": "Hello {customer},",
        "mail_text": "Your invoice {number} for {total} is attached.",
        "mail_due": "The balance of {open} is due on {day}.",
        "mail_late": "The balance of {open} was due on {day}.",
        "mail_paid": "Nothing is left to pay.",
        "mail_bye": "Thank you for your business.",
    },
}


@dataclass(frozen=True, slots=True)
class Voice:
    """One language on one paper: its words, and its way to write amounts and dates."""

    language: str
    locale: Locale

    @property
    def words(self) -> Mapping[str, str]:
        """Every word of the language."""
        return WORDS[self.language]

    def __getitem__(self, name: str) -> str:
        return WORDS[self.language][name]

    def money(self, minor: int, currency: str) -> str:
        """An amount with its currency; a code is kept off its digits, as CLDR asks."""
        return CODE.sub("\u00a0", Money(minor, currency).format(str(self.locale)))

    def day(self, on: date | None) -> str:
        """A date, written short; a dash for none."""
        return "—" if on is None else format_date(on, "medium", self.locale)

    def instant(self, at: datetime, zone: tzinfo) -> str:
        """An instant on the organization's calendar."""
        return str(format_datetime(at, "medium", zone, self.locale))

    def number(self, value: Decimal) -> str:
        """A quantity or a rate, without trailing zeros."""
        return str(format_decimal(value, "#,##0.####", self.locale))

    def percent(self, rate: Decimal) -> str:
        """A rate in per cent."""
        return f"{self.number(rate)} %"


def voice_for(language: str | None, locale: str) -> Voice:
    """The customer's language, else that of the organization's locale, else English."""
    home = locale.replace("-", "_")
    wanted = language or home.partition("_")[0]
    spoken = wanted if wanted in LANGUAGES else "en"
    country = home.partition("_")[2]
    for name in (f"{spoken}_{country}" if country else spoken, spoken):
        try:
            return Voice(spoken, Locale.parse(name))
        except (UnknownLocaleError, ValueError):
            continue
    raise AssertionError("es and en are known to CLDR")


def paper_of(country: str) -> str:
    """The sheet a country prints on."""
    return "us-letter" if country in LETTER else "a4"
