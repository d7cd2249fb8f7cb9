"""Refusals about statements."""

from shared.problems import ValidationFailed


class PeriodReversed(ValidationFailed):
    """A period ends on or after the day it begins."""

    slug = "period-reversed"
    title = "The period ends before it begins"

    def __init__(self) -> None:
        super().__init__(
            [{"loc": ["query", "from"], "msg": "begin on or before the last day", "type": "period"}]
        )


class StatementTooLong(ValidationFailed):
    """The statement has more rows than a paper should; take CSV, or a shorter period."""

    slug = "statement-too-long"
    title = "The statement is too long for paper"

    def __init__(self, rows: int, most: int) -> None:
        message = f"it has {rows} rows, and a PDF {most} at most: take CSV, or a shorter period"
        super().__init__([{"loc": ["query", "format"], "msg": message, "type": "too_long"}])
