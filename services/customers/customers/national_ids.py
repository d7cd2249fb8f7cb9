"""National ids of persons and firms: valid for a country, stored in one spelling.

Check digits are checked where the country has them (python-stdnum). Some countries also
bill under documents without a check digit (a Colombian cédula, a Peruvian DNI); those are
judged by their length. A country without an entry accepts any text of up to 32 characters.

Sources: python-stdnum 2.2, one module per country and document.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

from stdnum import get_cc_module
from stdnum.exceptions import ValidationError
from stdnum.util import NumberValidationModule, clean

LONGEST: Final = 32

CHECKED: Final[Mapping[str, tuple[str, ...]]] = {
    "AR": ("cuit", "dni"),
    "BR": ("cpf", "cnpj"),
    "CA": ("sin", "bn"),
    "CL": ("rut",),
    "CO": ("nit",),
    "CR": ("cpf", "cpj", "cr"),
    "CU": ("ni",),
    "DO": ("cedula", "rnc"),
    "EC": ("ci", "ruc"),
    "ES": ("nif",),
    "GT": ("nit",),
    "KE": ("pin",),
    "MX": ("rfc", "curp"),
    "PE": ("ruc", "cui"),
    "PT": ("nif", "cc"),
    "PY": ("ruc",),
    "SV": ("nit",),
    "US": ("tin",),
    "UY": ("rut",),
    "VE": ("rif",),
    "ZA": ("idnr", "tin"),
}
"""The documents of a country that carry check digits, tried in this order."""

PLAIN: Final[Mapping[str, range]] = {
    "CO": range(6, 11),
    "PE": range(8, 9),
    "PY": range(5, 9),
    "UY": range(7, 9),
}
"""How many digits a document without check digits has."""


class NationalIdInvalid(ValueError):
    """The number is not one that the country hands out."""

    def __init__(self, number: str, country: str) -> None:
        documents = " or ".join(name.upper() for name in CHECKED.get(country, ()))
        expected = (
            f"a valid {documents} of {country}" if documents else f"1 to {LONGEST} characters"
        )
        super().__init__(f"{number!r} is not {expected}")


@lru_cache(maxsize=4096)
def national_id(number: str, country: str) -> str:
    """The number as it is stored: without separators, upper case, check digits verified.

    Raises NationalIdInvalid. Idempotent: a stored number gives itself.
    """
    for name in CHECKED.get(country, ()):
        try:
            return _document(country, name).validate(number)
        except ValidationError:
            continue
    if country in PLAIN or country not in CHECKED:
        return _unchecked(number, country)
    raise NationalIdInvalid(number, country)


@cache
def _document(country: str, name: str) -> NumberValidationModule:
    module = get_cc_module(country.lower(), name)
    if module is None:
        raise LookupError(f"python-stdnum knows no {name} of {country}")
    return module


def _unchecked(number: str, country: str) -> str:
    if country in PLAIN:
        compact = clean(number, " .").strip()
        if compact.isascii() and compact.isdigit() and len(compact) in PLAIN[country]:
            return compact
    else:
        compact = " ".join(number.split()).upper()
        if 1 <= len(compact) <= LONGEST and compact.isprintable():
            return compact
    raise NationalIdInvalid(number, country)
