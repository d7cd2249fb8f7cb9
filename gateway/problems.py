"""What the gateway itself refuses, and what it says when a service does not answer."""

from http import HTTPStatus

from shared.problems import NotFound, Problem, Unavailable


class UnknownPath(NotFound):
    """The public API has no such path."""

    slug = "path-unknown"
    title = "There is no such path"

    def __init__(self, path: str) -> None:
        super().__init__("path", path)


class ServiceUnavailable(Unavailable):
    """A service cannot be reached; the request had no effect and may be sent again."""

    slug = "service-unavailable"
    title = "A service is briefly unavailable"

    def __init__(self, service: str) -> None:
        super().__init__(
            f"The {service} service cannot be reached; nothing was done. Try again shortly.",
            service=service,
        )


class ServiceFailed(Problem):
    """A service broke off; whether the request took effect is not known."""

    status = HTTPStatus.BAD_GATEWAY
    slug = "service-failed"
    title = "A service broke off before it had answered"

    def __init__(self, service: str) -> None:
        super().__init__(
            f"The {service} service broke off before it had answered; the request may have taken"
            " effect. Repeat it with the same Idempotency-Key, or look first.",
            service=service,
        )
        self.headers["Retry-After"] = "1"


class ServiceSlow(Problem):
    """A service has not answered in time; whether the request took effect is not known."""

    status = HTTPStatus.GATEWAY_TIMEOUT
    slug = "service-slow"
    title = "A service did not answer in time"

    def __init__(self, service: str) -> None:
        super().__init__(
            f"The {service} service did not answer in time; the request may have taken effect."
            " Repeat it with the same Idempotency-Key, or look first.",
            service=service,
        )
        self.headers["Retry-After"] = "5"
