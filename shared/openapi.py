"""What FastAPI's document leaves out: refusals, tokens and headers that endpoints share.

A service documents the rules of its own (`problem_docs`). What a shared dependency may
refuse, and which header it reads, is written at the dependency (`documented`); that a body
may be too large or the database away is added here, once, wherever it can happen.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic.json_schema import models_json_schema
from starlette.routing import BaseRoute

from shared import problems
from shared.problems import Problem, ProblemDetails, ValidationProblem, add_problem

F = TypeVar("F", bound=Callable[..., Any])
BEARER: Final = "bearer"
EVERYWHERE: Final = (
    problems.ValidationFailed,
    problems.TooManyRequests,
    problems.Unavailable,
)
WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What a dependency or a kind of route adds to the operations that use it."""

    problems: tuple[type[Problem], ...] = ()
    headers: tuple[dict[str, Any], ...] = ()
    secured: bool = False
    methods: frozenset[str] | None = None


def documented(
    *problems: type[Problem],
    headers: Sequence[dict[str, Any]] = (),
    secured: bool = False,
    methods: frozenset[str] | None = None,
) -> Callable[[F], F]:
    """Say of a dependency or route class what it may refuse and which headers it reads."""

    def mark(target: F) -> F:
        facts = Facts(problems, tuple(headers), secured, methods)
        setattr(target, "openapi_facts", facts)  # noqa: B010 - functions have no such member
        return target

    return mark


def header(name: str, description: str, *, required: bool = False, **schema: Any) -> dict[str, Any]:
    """A header parameter in OpenAPI's words."""
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string", **schema},
    }


def operation_id(route: APIRoute) -> str:
    """The endpoint function's name: stable, readable, unique within a service."""
    return route.name


def complete(document: dict[str, Any], routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """The document with every shared refusal, header and the security scheme; same object."""
    paths = document.get("paths", {})
    for context in iter_route_contexts(routes):
        if not isinstance(context.original_route, APIRoute):
            continue
        for method in context.methods or ():
            operation = paths.get(context.path_format, {}).get(method.lower())
            if operation is not None:
                _complete_operation(operation, method, context)
    _refuse_twins(paths)
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _, definitions = models_json_schema(
        [(ProblemDetails, "serialization"), (ValidationProblem, "serialization")],
        ref_template="#/components/schemas/{model}",
    )
    schemas.update(definitions["$defs"])
    components.setdefault("securitySchemes", {})[BEARER] = {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token of the gateway: 15 minutes, EdDSA.",
    }
    return document


def _complete_operation(operation: dict[str, Any], method: str, route: Any) -> None:
    responses = operation["responses"]
    default = responses.get("422", {}).get("content", {}).get("application/json", {})
    if default.get("schema", {}).get("$ref", "").endswith("/HTTPValidationError"):
        del responses["422"]
    for facts in _facts(route, method):
        for kind in facts.problems:
            _add(responses, kind)
        if facts.secured:
            operation["security"] = [{BEARER: []}]
        parameters = operation.setdefault("parameters", []) if facts.headers else []
        for parameter in facts.headers:
            _add_parameter(parameters, parameter)
    for kind in _consequences(route, method):
        _add(responses, kind)
    operation["responses"] = dict(sorted(responses.items()))


def _consequences(route: Any, method: str) -> Iterator[type[Problem]]:
    """The refusals that follow from an operation's form."""
    yield from EVERYWHERE
    if route.param_convertors:
        yield problems.NotFound
    if method in WRITES:
        yield problems.Conflict
    if route.body_field is not None:
        yield problems.BadRequest
        yield problems.TooLarge


def _facts(route: Any, method: str) -> Iterator[Facts]:
    sources = [type(route.original_route), *_calls(route.dependant)]
    for source in sources:
        facts: Facts | None = getattr(source, "openapi_facts", None)
        if facts is not None and (facts.methods is None or method in facts.methods):
            yield facts


def _calls(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)


def _add(responses: dict[str, Any], kind: type[Problem]) -> None:
    add_problem(responses.setdefault(str(int(kind.status)), {}), kind)


def _add_parameter(parameters: list[dict[str, Any]], parameter: dict[str, Any]) -> None:
    """Add a header once; being required wins."""
    for present in parameters:
        if present["in"] == "header" and present["name"].lower() == parameter["name"].lower():
            present["required"] = present.get("required", False) or parameter["required"]
            return
    parameters.append(dict(parameter))


def _refuse_twins(paths: dict[str, Any]) -> None:
    seen: dict[str, str] = {}
    for path, operations in paths.items():
        for operation in operations.values():
            name = operation["operationId"]
            if name in seen:
                raise ValueError(f"two endpoints are named {name}: {seen[name]} and {path}")
            seen[name] = path
