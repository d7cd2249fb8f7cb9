"""What is written down about a customer, in the spelling it is stored in.

One function for people and files alike, so that the same customer entered both ways is the
same customer. Pure; the country is the organization's.
"""

import re
import unicodedata
from typing import Final, NamedTuple

from services.customers.customers import contacts, national_ids

MARKS: Final = re.compile("[\u0300-\u036f]+")
"""Accents and the like, once they stand apart from their letters."""


class Details(NamedTuple):
    """What a customer is known by, beside the external reference."""

    name: str
    national_id: str | None
    email: str | None
    phone: str | None


class Fault(NamedTuple):
    """A detail that cannot be stored, and why."""

    field: str
    message: str


def normalised(details: Details, country: str) -> tuple[Details, list[Fault]]:
    """The details as they are stored, and what is wrong with them.

    Where something is wrong, the detail is given back empty. Normalising twice changes
    nothing.
    """
    name, national_id, email, phone = details
    faults: list[Fault] = []
    name = " ".join(name.split())
    if not name:
        faults.append(Fault("name", "must not be blank"))
    if national_id is not None:
        try:
            national_id = national_ids.national_id(national_id, country)
        except national_ids.NationalIdInvalid as error:
            national_id = None
            faults.append(Fault("national_id", str(error)))
    try:
        email = contacts.email(email) if email else None
    except contacts.ContactInvalid as error:
        email = None
        faults.append(Fault("email", str(error)))
    try:
        phone = contacts.phone(phone, country) if phone else None
    except contacts.ContactInvalid as error:
        phone = None
        faults.append(Fault("phone", str(error)))
    return Details(name, national_id, email, phone), faults


def search_text(details: Details, external_ref: str | None) -> str:
    """What a search looks through: the texts a customer is asked for by, folded."""
    name, national_id, email, _ = details
    return folded(" ".join(text for text in (name, national_id, email, external_ref) if text))


def folded(text: str) -> str:
    """The text without case and accents: people seldom type either when they search."""
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    return MARKS.sub("", unicodedata.normalize("NFKD", lowered))
