"""Why something with a card processor does not work, as RFC 9457 problems."""

from http import HTTPStatus
from uuid import UUID

from services.payments.processors.port import Provider
from shared.problems import Problem


class NoProcessor(Problem):
    """The organization has no active card processor."""

    status = HTTPStatus.CONFLICT
    slug = "no-processor"
    title = "No card processor is set up"

    def __init__(self) -> None:
        super().__init__("Set up a card processor with POST /processors, or activate one.")


class ProcessorExists(Problem):
    """The organization has set this processor up already."""

    status = HTTPStatus.CONFLICT
    slug = "processor-exists"
    title = "The processor is set up already"

    def __init__(self, provider: Provider, processor_id: UUID) -> None:
        super().__init__(
            f"{provider.value} is set up as processor {processor_id}; change that one.",
            processor_id=processor_id,
        )


class LocalNeedsSandbox(Problem):
    """The local test processor takes no money, so it serves sandboxes only."""

    status = HTTPStatus.CONFLICT
    slug = "local-processor-needs-sandbox"
    title = "The test processor is for sandboxes"

    def __init__(self) -> None:
        super().__init__("This organization is no sandbox: the test processor would invent money.")


class ProcessorDown(Problem):
    """The processor does not answer; nothing was paid, and the same request works later."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    slug = "processor-unavailable"
    title = "The card processor does not answer"

    def __init__(self, provider: str) -> None:
        super().__init__(
            f"{provider} does not answer now. Repeat the request with the same Idempotency-Key.",
            provider=provider,
        )
        self.headers["Retry-After"] = "30"


class ProcessorSaysNo(Problem):
    """The processor refused the request; `code` is its own word for why."""

    status = HTTPStatus.BAD_GATEWAY
    slug = "processor-refused"
    title = "The card processor refused"

    def __init__(self, provider: str, code: str, message: str) -> None:
        super().__init__(f"{provider} refused: {message}.", provider=provider, code=code)
