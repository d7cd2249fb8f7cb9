"""The one OpenAPI document of Duesline, made of the services' and the gateway's own.

`python -m gateway.openapi` writes gateway/openapi.json; with `--check` it only says whether
the file is what the code would write. The gateway imports no service: each describes itself,
by its own `openapi` command.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from gateway.app import own_app
from gateway.document import FILE
from gateway.merging import Json, merge
from gateway.routes import GATEWAY, SERVICES
from gateway.settings import GatewaySettings
from shared.db import Database

ROOT: Final = Path(__file__).resolve().parent.parent
INFO: Final[Json] = {
    "title": "Duesline",
    "version": "1",
    "summary": "Billing and collections: what is owed, who pays, which line is on.",
    "description": """\
Every request but logging in carries a token: `Authorization: Bearer <access_token>` (see
`auth`). A platform administrator names the organization to act within by `X-Organization-Id`.

Money is `{"amount": "45.00", "currency": "USD"}`, instants are RFC 3339 in UTC, due dates plain
dates on the organization's calendar. Lists come in pages: pass `next` back as `cursor`. A POST
with an `Idempotency-Key` may be repeated and has its effect once. Send the `ETag` of what you
read as `If-Match` when you change it. Every refusal is a problem of RFC 9457: `type` says which
rule was broken, and further members say how.
""",
}


def build() -> Json:
    """The document of the code as it is."""
    with ThreadPoolExecutor(2) as pool:
        described = list(pool.map(_describe, SERVICES))
    own = own_app(GatewaySettings(), Database("postgresql://", application="openapi")).openapi()
    return merge({GATEWAY: own, **dict(zip(SERVICES, described, strict=True))}, INFO)


def text_of(document: Json) -> str:
    """The document as it is committed."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _describe(service: str) -> Json:
    """What a service says of itself."""
    done = subprocess.run(
        [sys.executable, "-m", f"services.{service}", "openapi"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=120,
    )
    if done.returncode != 0:
        sys.exit(f"{service} cannot describe itself:\n{done.stderr.decode()}")
    document: Json = json.loads(done.stdout)
    return document


def main(argv: Sequence[str] | None = None) -> None:
    """Write the file, or with --check fail when it is stale."""
    parser = argparse.ArgumentParser(prog="gateway.openapi", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when the file is stale")
    arguments = parser.parse_args(argv)
    wanted = text_of(build())
    if not arguments.check:
        FILE.write_text(wanted)
        return
    if not FILE.exists() or FILE.read_text() != wanted:
        sys.exit("gateway/openapi.json is stale: run `python -m gateway.openapi`")


if __name__ == "__main__":
    main()
