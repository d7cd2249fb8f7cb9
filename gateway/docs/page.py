"""The OpenAPI document as one HTML page.

Pure: document in, text out. Every operation with its parameters, body, answers and the rules
that refuse it; every schema once, linked from wherever it is used. Nothing is loaded from
elsewhere and no script is needed to read it.
"""

import json
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any, Final

from gateway.merging import Json, operations_of

TEMPLATE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} API</title>
<link rel="stylesheet" href="/docs/style.css">
<script src="/docs/page.js" defer></script>
</head>
<body>
<nav>
<h1><a href="#top">{title}</a></h1>
<input id="filter" type="search" placeholder="Filter: path, word, rule" autocomplete="off"
 aria-label="Filter the operations">
{contents}
</nav>
<main id="top">
<header>
<p class="summary">{summary}</p>
{description}
<p><a href="/openapi.json">openapi.json</a> (OpenAPI {openapi}), {count} operations.</p>
</header>
{groups}
<section id="schemas"><h2>Schemas</h2>
{schemas}
</section>
</main>
</body>
</html>
"""


def render(document: Json) -> str:
    """The whole page."""
    groups = _grouped(document)
    info = document["info"]
    return TEMPLATE.format(
        title=escape(info["title"]),
        summary=escape(info.get("summary", "")),
        description=_paragraphs(info.get("description", "")),
        openapi=escape(document["openapi"]),
        count=sum(len(operations) for operations in groups.values()),
        contents="\n".join(_contents(tag, operations) for tag, operations in groups.items()),
        groups="\n".join(_group(tag, operations) for tag, operations in groups.items()),
        schemas="\n".join(
            f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary>'
            f"{_paragraphs(schema.get('description', ''))}{_members(schema)}</details>"
            for name, schema in sorted(document["components"].get("schemas", {}).items())
        ),
    )


Operation = tuple[str, str, Json]
LAST: Final = ("admin", "health", "other")


def _grouped(document: Json) -> dict[str, list[Operation]]:
    """The operations by their first tag, each with all it needs to be shown."""
    examples = document["components"].get("examples", {})
    groups: dict[str, list[Operation]] = {}
    for path, verb, operation in operations_of(document):
        item = document["paths"][path]
        parameters = [*item.get("parameters", []), *operation.get("parameters", [])]
        tag = (operation.get("tags") or ["other"])[0]
        shown = {**operation, "parameters": parameters, "examples": examples}
        groups.setdefault(tag, []).append((path, verb, shown))
    return dict(sorted(groups.items(), key=lambda group: (group[0] in LAST, group[0])))


def _contents(tag: str, operations: Iterable[Operation]) -> str:
    links = "".join(
        f'<li data-words="{_words(path, verb, operation)}">'
        f'<a href="#{escape(operation["operationId"])}">'
        f'<b class="{verb}">{verb}</b> {escape(path.removeprefix("/api/v1"))}</a></li>'
        for path, verb, operation in operations
    )
    return f'<h2><a href="#tag-{escape(tag)}">{escape(tag)}</a></h2><ul>{links}</ul>'


def _group(tag: str, operations: Iterable[Operation]) -> str:
    body = "\n".join(_operation(*each) for each in operations)
    return f'<section id="tag-{escape(tag)}"><h2>{escape(tag)}</h2>\n{body}</section>'


def _operation(path: str, verb: str, operation: Json) -> str:
    lines = (operation.get("description") or operation.get("summary") or "").strip()
    first, _, rest = lines.partition("\n")
    locked = "" if operation.get("security") else '<i class="public">no token</i>'
    return (
        f'<details id="{escape(operation["operationId"])}"'
        f' data-words="{_words(path, verb, operation)}">'
        f'<summary><b class="{verb}">{verb}</b> <code>{escape(path)}</code> {locked}'
        f"<span>{_inline(first)}</span></summary>{_paragraphs(rest)}"
        f"{_parameters(operation['parameters'])}{_body(operation)}{_answers(operation)}</details>"
    )


def _words(path: str, verb: str, operation: Json) -> str:
    """What the filter looks at."""
    rules = [slug for _, _, slug in _rules(operation)]
    words = (path, verb, operation["operationId"], operation.get("description", ""), *rules)
    return escape(" ".join(words).lower())


def _parameters(parameters: Iterable[Json]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code>"
        f"{'' if each.get('required') else ' <i>optional</i>'}</td><td>{escape(each['in'])}</td>"
        f"<td>{_type(each.get('schema', {}))}</td>"
        f"<td>{_inline(each.get('description', ''))}</td></tr>"
        for each in parameters
    )
    return f"<h3>Parameters</h3><table>{rows}</table>" if rows else ""


def _body(operation: Json) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return ""
    kinds = "".join(
        f"<p><code>{escape(kind)}</code> {_type(media.get('schema', {}))}</p>"
        for kind, media in content.items()
    )
    return f"<h3>Body</h3>{kinds}"


def _answers(operation: Json) -> str:
    good = "".join(
        f"<tr><td>{escape(status)}</td><td>{_inline(answer.get('description', ''))}</td>"
        f"<td>{' '.join(_media(answer)) or 'nothing'}</td></tr>"
        for status, answer in operation["responses"].items()
        if status < "4"
    )
    bad = "".join(
        f"<tr><td>{escape(status)}</td><td><code>{escape(slug)}</code></td>"
        f"<td>{_inline(detail)}</td></tr>"
        for status, detail, slug in _rules(operation)
    )
    refusals = f"<h3>Refusals</h3><table>{bad}</table>" if bad else ""
    return f"<h3>Answers</h3><table>{good}</table>{refusals}"


def _media(answer: Json) -> Iterator[str]:
    for kind, media in answer.get("content", {}).items():
        shown = "" if kind == "application/json" else f"<code>{escape(kind)}</code> "
        yield shown + _type(media.get("schema", {}))


def _rules(operation: Json) -> Iterator[tuple[str, str, str]]:
    """Each rule an operation may be refused by: status, what it means, slug."""
    for status, answer in operation["responses"].items():
        for media in answer.get("content", {}).values():
            for slug, example in media.get("examples", {}).items():
                named = example.get("$ref", "").rpartition("/")[2]
                value = operation["examples"].get(named, example).get("value", {})
                if status >= "4" and isinstance(value, dict):
                    yield status, str(value.get("detail", "")), slug


def _members(schema: Json) -> str:
    """The members of an object schema, or what else the schema says."""
    properties = schema.get("properties")
    if not properties:
        return f"<p>{_type(schema)}</p>"
    required = set(schema.get("required", ()))
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code>{'' if name in required else ' <i>optional</i>'}</td>"
        f"<td>{_type(member)}</td><td>{_inline(member.get('description', ''))}</td></tr>"
        for name, member in properties.items()
    )
    return f"<table>{rows}</table>"


def _type(schema: Json) -> str:
    """A schema in a few words, with links to the named ones."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            return " or ".join(dict.fromkeys(_type(each) for each in schema[union]))
    if "enum" in schema:
        return " | ".join(f"<code>{escape(json.dumps(each))}</code>" for each in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(json.dumps(schema['const']))}</code>"
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"map to {_type(schema['additionalProperties'])}"
    return _plain(schema)


def _plain(schema: Json) -> str:
    """A simple type with its bounds."""
    kind = str(schema.get("format") or schema.get("type") or "anything")
    names: dict[str, Any] = {"minimum": "≥", "maximum": "≤", "minLength": "length ≥"}
    bounds = [f"{sign} {schema[name]}" for name, sign in names.items() if name in schema]
    if "default" in schema and schema["default"] is not None:
        bounds.append(f"default {json.dumps(schema['default'])}")
    return escape(" ".join([kind, ", ".join(bounds)]).strip())


def _paragraphs(text: str) -> str:
    """Plain text as paragraphs."""
    paragraphs = text.strip().split("\n\n")
    return "".join(f"<p>{_inline(each)}</p>" for each in paragraphs if each)


def _inline(text: str) -> str:
    """Plain text with `code` as code."""
    parts = escape(text).split("`")
    return "".join(
        f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts)
    )
