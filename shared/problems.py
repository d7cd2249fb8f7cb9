"""Every refusal is an RFC 9457 problem: a stable `type` per rule, and facts as members.

A service declares one class per rule (`status`, `slug`, `title`), raises it where the rule
is found broken, and lists it in `responses=problem_docs(...)`. The edge (shared.http)
renders it; the transaction it was raised in has rolled back by then.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_jsonable_python

TYPE_PREFIX: Final = "https://duesline.dev/problems/"
MEDIA_TYPE: Final = "application/problem+json"


class Problem(Exception):
    """A refusal the caller can act upon. `members` are facts of this occurrence."""

    status: ClassVar[int] = HTTPStatus.INTERNAL_SERVER_ERROR
    slug: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Something failed on our side"

    def __init__(self, detail: str, /, **members: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = members
        self.headers: dict[str, str] = {}

    def body(self) -> dict[str, Any]:
        """The problem as JSON shows it; the RFC's own members win over a rule's."""
        members = to_jsonable_python(self.members, fallback=str)
        return {
            **members,
            "type": TYPE_PREFIX + self.slug,
            "title": self.title,
            "status": int(self.status),
            "detail": self.detail,
        }


class ProblemDetails(BaseModel):
    """An RFC 9457 problem; `type` says which rule was broken, other members say how."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=[TYPE_PREFIX + "not-found"])
    title: str
    status: int
    detail: str


class FieldError(BaseModel):
    """One thing that is wrong with a request."""

    loc: list[str | int] = Field(examples=[["body", "amount"]])
    msg: str
    type: str


class ValidationProblem(ProblemDetails):
    """A problem that says what is wrong where."""

    errors: list[FieldError] = []


class BadRequest(Problem):
    """The request cannot be read."""

    status = HTTPStatus.BAD_REQUEST
    slug = "bad-request"
    title = "The request cannot be understood"


class Unauthorized(Problem):
    """No token, or none that we issued and that still holds."""

    status = HTTPStatus.UNAUTHORIZED
    slug = "unauthorized"
    title = "Authentication is required"

    def __init__(
        self,
        detail: str = "Send a token in a header: Authorization: Bearer <token>.",
        *,
        error: str | None = None,
    ) -> None:
        super().__init__(detail)
        reason = f', error="{error}"' if error else ""
        self.headers["WWW-Authenticate"] = f'Bearer realm="duesline"{reason}'


class Forbidden(Problem):
    """The caller is known, and may not do this."""

    status = HTTPStatus.FORBIDDEN
    slug = "forbidden"
    title = "The caller may not do this"


class NotFound(Problem):
    """Nothing of that kind has that id, for this caller."""

    status = HTTPStatus.NOT_FOUND
    slug = "not-found"
    title = "There is no such thing"

    def __init__(self, kind: str, id: UUID | str) -> None:
        super().__init__(f"There is no {kind} {id}.", kind=kind, id=id)


class MethodNotAllowed(Problem):
    """The path exists; the method does not."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    slug = "method-not-allowed"
    title = "The path has no such method"


class Conflict(Problem):
    """The request is fine and contradicts what is stored."""

    status = HTTPStatus.CONFLICT
    slug = "conflict"
    title = "The request contradicts what is stored"


class PreconditionFailed(Problem):
    """Someone else changed the thing since the caller read it."""

    status = HTTPStatus.PRECONDITION_FAILED
    slug = "precondition-failed"
    title = "It has changed since it was read"


class TooLarge(Problem):
    """The body is larger than this endpoint takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    slug = "too-large"
    title = "The body is too large"


class ValidationFailed(Problem):
    """The request is well-formed and breaks its schema; `errors` says where."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    slug = "validation-failed"
    title = "The request is not valid"

    def __init__(self, errors: Iterable[Mapping[str, Any]], detail: str | None = None) -> None:
        self.errors = [dict(error) for error in errors]
        first = self.errors[0]["msg"] if self.errors else "See the endpoint's schema."
        super().__init__(detail or str(first), errors=self.errors)

    @classmethod
    def of(cls, msg: str, *loc: str | int, type: str = "value_error") -> "ValidationFailed":
        """One error at one place."""
        return cls([{"loc": list(loc), "msg": msg, "type": type}])


class TooManyRequests(Problem):
    """The caller asks too often."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    slug = "too-many-requests"
    title = "Too many requests"

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail)
        self.headers["Retry-After"] = str(retry_after)


class Unavailable(Problem):
    """Something we stand on is away; the same request works later."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    slug = "unavailable"
    title = "The service is briefly unavailable"

    def __init__(self, detail: str, *, retry_after: int = 1, **members: Any) -> None:
        super().__init__(detail, **members)
        self.headers["Retry-After"] = str(retry_after)


def problem_docs(*types: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """FastAPI's `responses`: each status with the rules that answer with it."""
    documents: dict[int | str, dict[str, Any]] = {}
    for kind in types:
        add_problem(documents.setdefault(int(kind.status), {}), kind)
    return documents


def add_problem(response: dict[str, Any], kind: type[Problem]) -> None:
    """Say in one OpenAPI response that `kind` may be the reason for it; saying it twice is fine."""
    unprocessable = kind.status == HTTPStatus.UNPROCESSABLE_ENTITY
    name = "ValidationProblem" if unprocessable else "ProblemDetails"
    media = response.setdefault("content", {}).setdefault(MEDIA_TYPE, {})
    media.setdefault("schema", {"$ref": f"#/components/schemas/{name}"})
    examples = media.setdefault("examples", {})
    examples.setdefault(
        kind.slug,
        {
            "value": {
                "type": TYPE_PREFIX + kind.slug,
                "title": kind.title,
                "status": int(kind.status),
                "detail": (kind.__doc__ or kind.title).partition("\n")[0],
            }
        },
    )
    response["description"] = "; or ".join(
        sorted({example["value"]["title"] for example in examples.values()})
    )
