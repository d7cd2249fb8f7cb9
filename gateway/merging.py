"""Many OpenAPI documents made into one: what each service says, as the outside sees it.

Pure: documents in, document out, the same for the same input. Only what the route table lets
through is public. A name that two documents use for different things gets its service's name
before it, in each of them; a name that means the same everywhere is kept once.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from gateway.problems import ServiceFailed, ServiceSlow, ServiceUnavailable
from gateway.routes import GATEWAY, PREFIX, SERVICES, Routes
from shared.problems import TooManyRequests, add_problem

Json = dict[str, Any]

VERBS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
REFERENCE: Final = re.compile(r"^#/components/([^/]+)/(.+)$")
PASSED_ON: Final = "x-duesline-schema"
SERVICE_PARAMETER: Final[Json] = {
    "name": "service",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "enum": list(SERVICES)},
    "description": "Which service to look into.",
}


class BadReference(Exception):
    """A document points to something that is not there."""


def merge(documents: Mapping[str, Json], info: Json) -> Json:
    """The public document. `documents` has one of each service, and the gateway's own."""
    renamed = _with_distinct_names(
        {name: copy.deepcopy(document) for name, document in documents.items()}
    )
    paths: dict[str, Json] = {}
    components: dict[str, Json] = {}
    for name, document in renamed.items():
        for path, operations in _public_paths(name, document):
            paths.setdefault(path, {}).update(operations)
        for section, members in document.get("components", {}).items():
            components.setdefault(section, {}).update(members)
    merged: Json = {
        "openapi": "3.1.0",
        "info": info,
        "servers": [{"url": "/", "description": "The gateway this document comes from."}],
        "tags": _tags(renamed),
        "paths": dict(sorted(paths.items())),
        "components": components,
    }
    _distinct_operation_ids(merged["paths"])
    _share_examples(merged)
    _pass_on_schemas(merged, documents)
    _drop_unused(merged)
    _check_references(merged)
    return merged


def operations_of(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Every operation of a document with its path and verb."""
    for path, item in document["paths"].items():
        for verb in VERBS:
            if verb in item:
                yield path, verb, item[verb]


def _public_paths(service: str, document: Json) -> Iterator[tuple[str, Json]]:
    """The paths the outside may use, as it writes them, with what the gateway adds."""
    routes = Routes()
    for path, item in document["paths"].items():
        if service == GATEWAY:
            yield path, item
            continue
        if path.startswith("/admin/"):
            public = f"{PREFIX}/admin/{{service}}{path.removeprefix('/admin')}"
            item.setdefault("parameters", []).insert(0, copy.deepcopy(SERVICE_PARAMETER))
        else:
            target = routes.resolve(path)
            if target is None or target.service != service:
                continue
            public = PREFIX + path
        for verb in VERBS:
            if verb in item:
                _add_refusals(item[verb])
                item[verb]["x-service"] = service if path[:7] != "/admin/" else "any"
        yield public, item


def _add_refusals(operation: Json) -> None:
    """What the gateway itself may answer in place of a service."""
    responses: dict[str, Json] = operation.setdefault("responses", {})
    for kind in (TooManyRequests, ServiceFailed, ServiceUnavailable, ServiceSlow):
        add_problem(responses.setdefault(str(int(kind.status)), {}), kind)
    operation["responses"] = dict(sorted(responses.items()))


def _tags(documents: Mapping[str, Json]) -> list[Json]:
    """Every tag once, and whose it is."""
    owners: dict[str, str] = {}
    for service, document in documents.items():
        for _, _, operation in operations_of(document):
            for tag in operation.get("tags", []):
                owners.setdefault(tag, service)
    shared = {"admin": "any service", "health": GATEWAY}
    return [
        {"name": tag, "description": f"By {shared.get(tag, owner)}."}
        for tag, owner in sorted(owners.items())
    ]


def _with_distinct_names(documents: dict[str, Json]) -> dict[str, Json]:
    """The documents with every ambiguous component renamed in each of them."""
    ambiguous = _ambiguous_names(documents)
    for service, document in documents.items():
        own = document.get("components", {})
        names = {
            (section, name): f"{service.capitalize()}{name}"
            for section, name in ambiguous
            if name in own.get(section, {})
        }

        def renamed(reference: str, names: dict[tuple[str, str], str] = names) -> str:
            found = REFERENCE.match(reference)
            if found is None or found.groups() not in names:
                return reference
            section, name = found.groups()
            return f"#/components/{section}/{names[section, name]}"

        _rewrite_references(document, renamed)
        for (section, name), new in names.items():
            own[section][new] = own[section].pop(name)
    return documents


def _ambiguous_names(documents: Mapping[str, Json]) -> set[tuple[str, str]]:
    """The components that differ between documents, or lead to some that do."""
    versions: dict[tuple[str, str], list[Json]] = {}
    for document in documents.values():
        for section, members in document.get("components", {}).items():
            for name, member in members.items():
                versions.setdefault((section, name), []).append(member)
    shared = {key: found for key, found in versions.items() if len(found) > 1}
    ambiguous = {key for key, found in shared.items() if len({_text(one) for one in found}) > 1}
    while True:
        led = {
            key
            for key, found in shared.items()
            if key not in ambiguous and any(_targets(one) & ambiguous for one in found)
        }
        if not led:
            return ambiguous
        ambiguous |= led


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _targets(value: Any) -> set[tuple[str, str]]:
    """The components a value refers to."""
    found: set[tuple[str, str]] = set()

    def note(reference: str) -> str:
        match = REFERENCE.match(reference)
        if match is not None:
            found.add((match.group(1), match.group(2)))
        return reference

    _rewrite_references(copy.deepcopy(value), note)
    return found


def _rewrite_references(value: Any, rewrite: Callable[[str], str]) -> None:
    """Change every `$ref`, and every mapping of a discriminator, in place."""
    if isinstance(value, list):
        for item in value:
            _rewrite_references(item, rewrite)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref" and isinstance(item, str):
                value[key] = rewrite(item)
            elif key == "mapping" and "propertyName" in value:
                value[key] = {name: rewrite(target) for name, target in item.items()}
            else:
                _rewrite_references(item, rewrite)


def _distinct_operation_ids(paths: Mapping[str, Json]) -> None:
    """An operation's id with its service's name before it where several have the same."""
    operations = list(operations_of({"paths": paths}))
    ids = [operation["operationId"] for _, _, operation in operations]
    for _, _, operation in operations:
        own = operation["operationId"]
        if ids.count(own) > 1:
            owner = operation.get("x-service", GATEWAY)
            operation["operationId"] = f"{owner}_{own}" if owner != GATEWAY else own
    seen: set[str] = set()
    for path, verb, operation in operations:
        if operation["operationId"] in seen:
            raise BadReference(
                f"two operations are named {operation['operationId']}: {verb} {path}"
            )
        seen.add(operation["operationId"])


def _share_examples(merged: Json) -> None:
    """Say once what a rule means, and refer to it from every operation it may refuse."""
    shared: dict[str, Json] = merged["components"].setdefault("examples", {})
    for _, _, operation in operations_of(merged):
        for response in operation.get("responses", {}).values():
            for media in response.get("content", {}).values():
                for slug, example in media.get("examples", {}).items():
                    if shared.setdefault(slug, example) == example:
                        media["examples"][slug] = {"$ref": f"#/components/examples/{slug}"}


def _pass_on_schemas(merged: Json, documents: Mapping[str, Json]) -> None:
    """Put a service's own schema where the gateway says it passes one on."""
    schemas = merged["components"]["schemas"]

    def put(value: Any) -> None:
        if isinstance(value, list):
            for item in value:
                put(item)
        elif isinstance(value, dict):
            named = value.pop(PASSED_ON, None)
            if named is not None:
                service, _, name = named.partition(".")
                if name not in documents[service]["components"]["schemas"]:
                    raise BadReference(f"{service} has no schema {name}")
                distinct = f"{service.capitalize()}{name}"
                value.clear()
                value["$ref"] = f"#/components/schemas/{distinct if distinct in schemas else name}"
            for item in value.values():
                put(item)

    put(schemas)


def _drop_unused(merged: Json) -> None:
    """Leave out components nothing public leads to; security schemes stay."""
    components = merged["components"]
    reached: set[tuple[str, str]] = set()
    waiting = _targets(merged["paths"])
    while waiting:
        reached |= waiting
        waiting = {
            target
            for section, name in waiting
            for target in _targets(components.get(section, {}).get(name, {}))
        } - reached
    for section in list(components):
        if section != "securitySchemes":
            members = components[section].items()
            components[section] = {
                name: member for name, member in sorted(members) if (section, name) in reached
            }


def _check_references(merged: Json) -> None:
    components = merged["components"]
    for section, name in sorted(_targets(merged)):
        if name not in components.get(section, {}):
            raise BadReference(f"#/components/{section}/{name}")
