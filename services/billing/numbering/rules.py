"""How a number is written."""

from dataclasses import dataclass
from typing import Final

SERIES: Final = "INV"
CREDIT_NOTES: Final = "CN"
DIGITS: Final = 8


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a series: INV-00000001 is the first of INV."""

    sequence: int
    series: str = SERIES

    @property
    def text(self) -> str:
        """The number as documents show it; longer than eight digits when it must be."""
        return f"{self.series}-{self.sequence:0{DIGITS}d}"
