"""What an organization may be: a country, a currency, a zone and a locale that exist, and
a clock that only a sandbox moves, and only forward.

Pure rules; a value that breaks one raises ValueError with words for the person who typed it.

Sources: ISO 3166-1 alpha-2 (2020, unchanged since); the currencies, locales and territories
of CLDR in Babel; the IANA zones of the machine or the tzdata package.
"""

import re
from datetime import timedelta
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from babel.core import Locale, UnknownLocaleError

from shared.money import exponent

COUNTRIES: Final = frozenset(
    re.findall(
        "[A-Z]{2}",
        """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ
    BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM
    DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS
    GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN
    KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ
    MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI
    VN VU WF WS YE YT ZA ZM ZW
        """,
    )
)
FURTHEST_AHEAD: Final = timedelta(days=36_500)


def known_country(code: str) -> str:
    """The code of a country of ISO 3166-1."""
    if code not in COUNTRIES:
        raise ValueError("give the country as its ISO 3166 code in capitals, such as 'EC'")
    return code


def known_currency(code: str) -> str:
    """The code of a currency of ISO 4217."""
    exponent(code)
    return code


def known_zone(name: str) -> str:
    """The name of an IANA time zone."""
    if name not in _zones():
        raise ValueError("give the time zone as its IANA name, such as 'America/Guayaquil'")
    return name


def known_locale(name: str) -> str:
    """The locale in Babel's spelling: `es_EC`."""
    try:
        return str(Locale.parse(name.replace("-", "_")))
    except (UnknownLocaleError, ValueError, TypeError) as error:
        raise ValueError("give the locale as language and country, such as 'es_EC'") from error


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
