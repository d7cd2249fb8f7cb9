"""What is written down about a customer, in the spelling it is stored in.

One function for people and files alike, so that the same customer entered both ways is the
same customer. Pure; the country is the organization's.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, NamedTuple

from services.customers.customers import contacts, national_ids
from services.customers.organizations.rules import known_zone

MARKS: Final = re.compile("[\u0300-\u036f]+")
"""Accents and the like, once they stand apart from their letters."""
LANGUAGES: Final = ("es", "en")
LONGEST_AREA: Final = 100
LONGEST_TAG: Final = 40
MOST_TAGS: Final = 20
TAG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Details(NamedTuple):
    """What a customer is known by, beside the external reference."""

    name: str
    national_id: str | None
    email: str | None
    phone: str | None
    language: str | None = None
    time_zone: str | None = None
    area: str | None = None
    tags: tuple[str, ...] = ()


class Fault(NamedTuple):
    """A detail that cannot be stored, and why."""

    field: str
    message: str


def normalised(details: Details, country: str) -> tuple[Details, list[Fault]]:
    """The details as they are stored, and what is wrong with them.

    Where something is wrong, the detail is given back empty. Normalising twice changes
    nothing.
    """
    name, national_id, email, phone, *described = details
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
    stored = Details(name, national_id, email, phone)
    if any(described):
        stored = _described(stored, details, faults)
    return stored, faults


def _described(stored: Details, details: Details, faults: list[Fault]) -> Details:
    """The details with language, zone, area and tags as they are stored; faults are added."""
    language, time_zone, area, tags = details[4:]
    if language and (language := language.strip().lower()) not in LANGUAGES:
        faults.append(Fault("language", f"{language!r} is neither {' nor '.join(LANGUAGES)}"))
        language = None
    if time_zone:
        try:
            time_zone = known_zone(time_zone.strip())
        except ValueError as error:
            time_zone = None
            faults.append(Fault("time_zone", str(error)))
    if area and len(area := " ".join(area.split())) > LONGEST_AREA:
        area = None
        faults.append(Fault("area", f"is longer than {LONGEST_AREA} characters"))
    if tags:
        try:
            tags = sorted_tags(tags)
        except ValueError as error:
            tags = ()
            faults.append(Fault("tags", str(error)))
    return stored._replace(
        language=language or None, time_zone=time_zone or None, area=area or None, tags=tags or ()
    )


def sorted_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """The tags as a sorted set of lower-case slugs; ValueError for one that is none."""
    found = sorted({tag.strip().lower() for tag in tags})
    for tag in found:
        if len(tag) > LONGEST_TAG or TAG.fullmatch(tag) is None:
            raise ValueError(
                f"{tag[:LONGEST_TAG]!r} is not a tag: letters a to z, digits and single dashes,"
                f" {LONGEST_TAG} at most"
            )
    if len(found) > MOST_TAGS:
        raise ValueError(f"are more than {MOST_TAGS}")
    return tuple(found)


def search_text(details: Details, external_ref: str | None) -> str:
    """What a search looks through: the texts a customer is asked for by, folded."""
    name, national_id, email, *_ = details
    return folded(" ".join(text for text in (name, national_id, email, external_ref) if text))


def folded(text: str) -> str:
    """The text without case and accents: people seldom type either when they search."""
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    return MARKS.sub("", unicodedata.normalize("NFKD", lowered))
