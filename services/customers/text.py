"""Texts as requests may bring them: trimmed, of bounded length, storable by PostgreSQL."""

from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints

CONTROL: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"


def single_line(text: str) -> str:
    """The text with every run of blanks as one; ValueError when nothing is left."""
    words = " ".join(text.split())
    if not words:
        raise ValueError("must not be blank")
    return words


Name = Annotated[
    str, StringConstraints(max_length=200, pattern=CONTROL), AfterValidator(single_line)
]
ShortText = Annotated[
    str, StringConstraints(max_length=100, pattern=CONTROL), AfterValidator(single_line)
]
Note = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=CONTROL),
]
Needle = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=CONTROL)
]
