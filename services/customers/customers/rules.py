"""What is written down about a customer, in the spelling it is stored in.

One function for people and files alike, so that the same customer entered both ways is the
same customer. Pure; the country is the organization's.
"""

from typing import NamedTuple

from services.customers.customers import contacts, national_ids


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
