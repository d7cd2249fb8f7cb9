"""One payment's way through the services, printed as a tree of spans.

`python -m shared.trace <text>` reads the span file of DUESLINE_TRACE_FILE (or `--file`),
takes the traces whose id begins with the text or that have it in an attribute (a payment's
id, a path, an event's subject), and prints every span that follows from them, in whatever
service, with its offset and length in milliseconds. A batch that handled an event of the
trace hangs below that event's span by its link.
"""

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import orjson

Span = dict[str, Any]
Key = tuple[str, str]
MOST_TRACES: Final = 20


def read(path: Path) -> list[Span]:
    """The spans of a file; a line torn by a crash is left out."""
    spans = []
    with path.open("rb") as file:
        for line in file:
            try:
                spans.append(orjson.loads(line))
            except orjson.JSONDecodeError:
                continue
    return spans


def matching(spans: Iterable[Span], text: str) -> list[str]:
    """The ids of the traces the text means, in order of appearance."""
    needle = text.lower()
    found = {
        span["trace_id"]: None
        for span in spans
        if span["trace_id"].startswith(needle)
        or any(needle in str(value).lower() for value in span["attributes"].values())
    }
    return list(found)


def tree(spans: Iterable[Span], trace_id: str) -> Iterator[tuple[int, Span]]:
    """The spans that follow from a trace, each once, with their depth, in order of time."""
    ordered = sorted(spans, key=lambda span: span["start_ns"])
    below: defaultdict[Key, list[Span]] = defaultdict(list)
    known = {_key(span) for span in ordered}
    for span in ordered:
        for cause in _causes(span):
            below[cause].append(span)
    roots = [
        span
        for span in ordered
        if span["trace_id"] == trace_id and (span["trace_id"], span["parent_id"]) not in known
    ]
    seen: set[Key] = set()
    waiting = [(0, root) for root in reversed(roots)]
    while waiting:
        depth, span = waiting.pop()
        if _key(span) in seen:
            continue
        seen.add(_key(span))
        yield depth, span
        waiting.extend((depth + 1, each) for each in reversed(below[_key(span)]))


def render(spans: Iterable[Span], trace_id: str) -> Iterator[str]:
    """The tree as lines of text: offset, length, service, name, what it is about."""
    rows = list(tree(spans, trace_id))
    if not rows:
        return
    begin = min(span["start_ns"] for _, span in rows)
    end = max(span["end_ns"] for _, span in rows)
    yield f"trace {trace_id}: {len(rows)} spans, {(end - begin) / 1e6:.1f} ms"
    for depth, span in rows:
        offset = (span["start_ns"] - begin) / 1e6
        length = (span["end_ns"] - span["start_ns"]) / 1e6
        mark = "  ERROR" if span["error"] else ""
        what = "  " * depth + span["name"] + _about(span) + mark
        yield f"{offset:10.1f} ms {length:9.1f} ms  {span['service']:<12} {what}"


def _about(span: Span) -> str:
    attributes = span["attributes"]
    facts = [
        str(attributes[name])
        for name in (
            "http.response.status_code",
            "duesline.subject",
            "messaging.batch.message_count",
        )
        if name in attributes
    ]
    return f"  [{' '.join(facts)}]" if facts else ""


def _key(span: Span) -> Key:
    return span["trace_id"], span["span_id"]


def _causes(span: Span) -> Iterator[Key]:
    if span["parent_id"] is not None:
        yield span["trace_id"], span["parent_id"]
    for link in span["links"]:
        yield link["trace_id"], link["span_id"]


def main() -> int:
    """Print the traces a text means; 1 when there is none."""
    parser = argparse.ArgumentParser(
        prog="shared.trace", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("text", help="a trace id, or part of an id or path in the trace")
    parser.add_argument("--file", default=os.environ.get("DUESLINE_TRACE_FILE"))
    arguments = parser.parse_args()
    if arguments.file is None:
        parser.error("name the span file by --file or DUESLINE_TRACE_FILE")
    spans = read(Path(arguments.file))
    found = matching(spans, arguments.text)
    if not found:
        sys.stderr.write(f"no span in {arguments.file} has {arguments.text!r}\n")
        return 1
    for trace_id in found[:MOST_TRACES]:
        sys.stdout.write("\n".join(render(spans, trace_id)) + "\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
