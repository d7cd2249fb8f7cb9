"""Why a webhook is refused, as RFC 9457 problems."""

from shared.problems import BadRequest


class NotAnEvent(BadRequest):
    """The body is signed and still no event: a JSON object with an id and a type."""

    slug = "not-an-event"
    title = "The body is no event"

    def __init__(self) -> None:
        super().__init__("An event is a JSON object with an `id` and a `type`.")
