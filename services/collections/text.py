"""Text that people write: trimmed, of bounded length, storable by PostgreSQL."""

from typing import Annotated, Final

from pydantic import StringConstraints

MOST_NOTE: Final = 5000
CONTROL: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=CONTROL),
]
Note = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_NOTE, pattern=CONTROL),
]
Needle = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=CONTROL)
]
