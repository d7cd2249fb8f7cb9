"""What is refused about customers."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from shared.problems import Problem


class NationalIdTaken(Problem):
    """Another customer, perhaps a former one, has this national id."""

    status = HTTPStatus.CONFLICT
    slug = "national-id-taken"
    title = "The national id belongs to another customer"

    def __init__(self, national_id: str | None) -> None:
        super().__init__(
            f"Another customer has the national id {national_id}; a former one can be"
            " activated again.",
            national_id=national_id,
        )


class ExternalRefTaken(Problem):
    """Another customer has this external reference."""

    status = HTTPStatus.CONFLICT
    slug = "external-ref-taken"
    title = "The external reference belongs to another customer"

    def __init__(self, external_ref: str | None) -> None:
        super().__init__(
            f"Another customer has the external reference {external_ref}.",
            external_ref=external_ref,
        )


class CustomerInactive(Problem):
    """The customer was deactivated; activate the customer first."""

    status = HTTPStatus.CONFLICT
    slug = "customer-inactive"
    title = "The customer is inactive"

    def __init__(self, customer_id: UUID, name: str) -> None:
        super().__init__(
            f"Customer {name} ({customer_id}) is inactive; activate the customer first.",
            customer_id=customer_id,
            name=name,
        )


class CustomerAlreadyInactive(Problem):
    """The customer was deactivated before."""

    status = HTTPStatus.CONFLICT
    slug = "customer-already-inactive"
    title = "The customer is inactive already"

    def __init__(self, customer_id: UUID) -> None:
        super().__init__(f"Customer {customer_id} is inactive already.", customer_id=customer_id)


class CustomerAlreadyActive(Problem):
    """The customer is active; there is nothing to activate."""

    status = HTTPStatus.CONFLICT
    slug = "customer-already-active"
    title = "The customer is active already"

    def __init__(self, customer_id: UUID) -> None:
        super().__init__(f"Customer {customer_id} is active already.", customer_id=customer_id)


class CustomerHasLines(Problem):
    """Lines of the customer are still in service; cancel them, or ask to cascade."""

    status = HTTPStatus.CONFLICT
    slug = "customer-has-lines"
    title = "The customer still has lines in service"

    def __init__(self, customer_id: UUID, lines: Sequence[dict[str, Any]]) -> None:
        super().__init__(
            f"Customer {customer_id} has {len(lines)} active or suspended lines; cancel them"
            " first, or repeat with ?cascade=true to cancel them all.",
            customer_id=customer_id,
            lines=list(lines),
        )
