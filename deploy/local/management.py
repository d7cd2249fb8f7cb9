"""The few calls made to RabbitMQ's management API."""

import base64
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener


@dataclass(frozen=True, slots=True)
class Management:
    """The management API of the node on this machine."""

    port: int
    user: str
    password: str

    def healthy(self) -> bool:
        """Whether the node serves and raises no alarm."""
        try:
            self.call("GET", "/health/checks/local-alarms")
        except (URLError, OSError):
            return False
        return True

    def create_vhost(self, name: str) -> None:
        """Make a virtual host that our user may do everything in."""
        vhost = quote(name, safe="")
        self.call("PUT", f"/vhosts/{vhost}")
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self.call("PUT", f"/permissions/{vhost}/{quote(self.user, safe='')}", everything)

    def delete_vhost(self, name: str) -> None:
        """Delete a virtual host with all its queues; nothing happens when there is none."""
        try:
            self.call("DELETE", f"/vhosts/{quote(name, safe='')}")
        except HTTPError as problem:
            if problem.code != HTTPStatus.NOT_FOUND:
                raise

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One call; the answer's JSON, None when it has none."""
        token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        request = Request(
            f"http://127.0.0.1:{self.port}/api{path}",
            method=method,
            data=json.dumps(body or {}).encode() if method in {"PUT", "POST"} else None,
            headers={"authorization": f"Basic {token}", "content-type": "application/json"},
        )
        # A proxy of the environment has no business with loopback.
        with build_opener(ProxyHandler({})).open(request, timeout=10) as answer:
            content = answer.read()
        return json.loads(content) if content else None
