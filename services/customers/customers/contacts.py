"""E-mail addresses and telephone numbers in the one spelling that is stored.

Files bring hundreds of thousands of them, so the everyday spellings are recognised by one
regular expression each; whatever it does not recognise takes the complete way through
email-validator or phonenumbers. Both ways give the same answer (property test).
"""

import re
from functools import cache
from typing import Final

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat

EVERYDAY_EMAIL: Final = re.compile(
    r"[a-z0-9_+-]{1,40}(?:\.[a-z0-9_+-]{1,10}){0,2}"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?\.){1,3}(?:com|net|org|edu|info|[a-z]{2})"
)
KINDS_OF_NUMBER: Final = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
)


class ContactInvalid(ValueError):
    """Nobody can be reached there."""


def email(text: str) -> str:
    """The address in lower case; raises ContactInvalid. No name server is asked."""
    lowered = text.strip().lower()
    if EVERYDAY_EMAIL.fullmatch(lowered) and "--" not in lowered:
        return lowered
    try:
        return validate_email(lowered, check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise ContactInvalid(str(error)) from error


def phone(text: str, country: str) -> str:
    """The number in E.164, read as dialled in `country`; raises ContactInvalid."""
    if _everyday_phone(country).fullmatch(text):
        return text
    try:
        number = phonenumbers.parse(text, country)
    except NumberParseException as error:
        raise ContactInvalid(f"{text!r} is not a telephone number") from error
    if not phonenumbers.is_valid_number(number):
        raise ContactInvalid(f"{text!r} is not a telephone number in use")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


@cache
def _everyday_phone(country: str) -> re.Pattern[str]:
    """Matches exactly the valid numbers of a country that are already in E.164.

    Countries that share a calling code (+1, +44) get a pattern that matches nothing: whose
    number it is decides there.
    """
    code = phonenumbers.country_code_for_region(country)
    metadata = PhoneMetadata.metadata_for_region(country, None)
    if metadata is None or phonenumbers.region_codes_for_country_code(code) != (country,):
        return re.compile(r"(?!)")
    kinds = (getattr(metadata, kind) for kind in KINDS_OF_NUMBER)
    patterns = (kind.national_number_pattern for kind in kinds if kind is not None)
    return re.compile(rf"\+{code}(?:{'|'.join(f'(?:{it})' for it in patterns if it)})")
