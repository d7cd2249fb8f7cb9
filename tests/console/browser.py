"""A headless Chromium, driven over its own DevTools protocol: open, look, click, type.

The machine's Chromium and aiohttp are all it takes; nothing is fetched and nothing reaches
beyond 127.0.0.1.
"""

import asyncio
import base64
import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import aiohttp

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-default-apps",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",
)
START_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.05


def executable() -> str | None:
    """The browser of this machine, if it has one."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Page:
    """One tab. What it does not find in time raises AssertionError with what the page shows."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._last_id = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.complaints: list[str] = []
        """Errors the page logged: exceptions, and what the content security policy refused."""

    async def listen(self) -> None:
        """Take in what the browser says, until it is gone."""
        async for message in self._socket:
            said = json.loads(message.data)
            if (answer := self._answers.pop(said.get("id", 0), None)) is not None:
                answer.set_result(said)
            elif said.get("method") == "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(said["params"]["exceptionDetails"])[:600])
            elif said.get("method") == "Log.entryAdded":
                entry = said["params"]["entry"]
                if entry["level"] == "error":
                    self.complaints.append(f"{entry['text']} {entry.get('url', '')}")

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the protocol."""
        self._last_id += 1
        answer = asyncio.get_running_loop().create_future()
        self._answers[self._last_id] = answer
        await self._socket.send_json({"id": self._last_id, "method": method, "params": params})
        said: dict[str, Any] = await asyncio.wait_for(answer, START_SECONDS)
        if "error" in said:
            raise RuntimeError(f"{method}: {said['error']}")
        result: dict[str, Any] = said["result"]
        return result

    async def run(self, script: str) -> Any:
        """The value of a JavaScript expression."""
        said = await self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in said:
            raise RuntimeError(json.dumps(said["exceptionDetails"])[:800])
        return said["result"].get("value")

    async def open(self, url: str) -> None:
        """Go to an address."""
        await self.call("Page.navigate", url=url)

    async def text(self) -> str:
        """What a person reads on the page."""
        return str(await self.run("document.body ? document.body.innerText : ''"))

    async def until(self, condition: str, what: str, *, seconds: float = 15.0) -> Any:
        """Wait for an expression to be true."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not (value := await self.run(condition)):
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"{what} did not come; the page shows:\n{await self.text()}")
            await asyncio.sleep(POLL_SECONDS)
        return value

    async def sees(self, words: str, *, seconds: float = 15.0) -> None:
        """Wait until the words stand on the page."""
        shown = f"document.body && document.body.innerText.includes({json.dumps(words)})"
        await self.until(shown, f"{words!r}", seconds=seconds)

    async def click(self, name: str, *, seconds: float = 15.0) -> None:
        """Click the button, link, menu item or row that is called so."""
        await self.until(_clicked(name), f"something to click called {name!r}", seconds=seconds)

    async def fill(self, label: str, value: str) -> None:
        """Type into the field of a label, as a person would, over what was there."""
        await self.until(_focused(label), f"a field called {label!r}")
        await self.call("Input.insertText", text=value)

    async def choose(self, label: str, option: str) -> None:
        """Open the list of a label and take an option of it."""
        await self.until(_focused(label), f"a list called {label!r}")
        await self.run("document.activeElement.click()")
        await self.click(option)

    async def day(self, label: str, day: date) -> None:
        """Give a day to the date field of a label."""
        await self.until(_focused(label), f"a date called {label!r}")
        await self.run(
            f"""(() => {{
              const field = document.activeElement;
              Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')
                .set.call(field, '{day.isoformat()}');
              field.dispatchEvent(new Event('input', {{bubbles: true}}));
            }})()"""
        )

    async def press(self, key: str) -> None:
        """Press a key: a letter, or one by its name."""
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        code = f"Key{key.upper()}" if len(key) == 1 else key
        for kind in ("keyDown", "keyUp"):
            said = text if kind == "keyDown" else ""
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code, text=said)

    async def choose_file(self, path: Path) -> None:
        """Give a file to the page's file field."""
        root = (await self.call("DOM.getDocument"))["root"]["nodeId"]
        found = await self.call("DOM.querySelector", nodeId=root, selector="input[type=file]")
        await self.call("DOM.setFileInputFiles", nodeId=found["nodeId"], files=[str(path)])

    async def picture(self, path: Path) -> None:
        """Save what is seen as a PNG."""
        said = await self.call("Page.captureScreenshot", format="png")
        await asyncio.to_thread(path.write_bytes, base64.b64decode(said["data"]))


def _clicked(name: str) -> str:
    return f"""(() => {{
      const shown = (one) => one.getClientRects().length > 0 && !one.disabled;
      const called = (one) => [one.getAttribute('aria-label'), one.innerText.trim()]
        .includes({json.dumps(name)});
      const all = [...document.querySelectorAll('button, a, [role=menuitem], [role=option]')]
        .filter((one) => shown(one) && called(one));
      const rows = [...document.querySelectorAll('tbody tr[tabindex]')];
      const found = all.find((one) => one.closest('[role=dialog]')) ?? all[0]
        ?? rows.find((one) => one.innerText.includes({json.dumps(name)}));
      if (found) found.click();
      return Boolean(found);
    }})()"""


def _focused(label: str) -> str:
    return f"""(() => {{
      const dialog = document.querySelector('section[role=dialog]');  // stands before the page
      const field = [...(dialog ?? document).querySelectorAll('input, textarea')].find((one) =>
        one.getClientRects().length > 0 && (one.getAttribute('aria-label') === {json.dumps(label)}
        || [...(one.labels ?? [])].some((its) =>
             its.innerText.replace('*', '').trim().startsWith({json.dumps(label)}))));
      if (field) {{ field.focus(); field.select(); }}
      return Boolean(field) && document.activeElement === field;
    }})()"""


@asynccontextmanager
async def browser(width: int = 1280, height: int = 800) -> AsyncIterator[Page]:
    """A browser with one empty tab, gone with all it kept when the block ends."""
    program = executable()
    if program is None:
        raise FileNotFoundError("no Chromium on this machine")
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = await asyncio.create_subprocess_exec(
            program,
            *FLAGS,
            f"--user-data-dir={folder}",
            f"--window-size={width},{height}",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with _tab(Path(folder) / "DevToolsActivePort") as page:
                await page.call(
                    "Emulation.setDeviceMetricsOverride",
                    width=width,
                    height=height,
                    deviceScaleFactor=1,
                    mobile=False,
                )
                yield page
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


@asynccontextmanager
async def _tab(port_file: Path) -> AsyncIterator[Page]:
    async with aiohttp.ClientSession() as http:
        address = await _address(http, port_file)
        async with http.ws_connect(address, max_msg_size=0) as socket:
            page = Page(socket)
            listening = asyncio.create_task(page.listen())
            try:
                for domain in ("Page", "Runtime", "Log", "DOM"):
                    await page.call(f"{domain}.enable")
                yield page
            finally:
                listening.cancel()


async def _address(http: aiohttp.ClientSession, port_file: Path) -> str:
    """Where the first tab is spoken to."""
    deadline = asyncio.get_running_loop().time() + START_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        with contextlib.suppress(FileNotFoundError, IndexError, aiohttp.ClientError):
            port = (await asyncio.to_thread(port_file.read_text)).split()[0]
            async with http.get(f"http://127.0.0.1:{port}/json/list") as answer:
                tabs = [tab for tab in await answer.json() if tab["type"] == "page"]
            return str(tabs[0]["webSocketDebuggerUrl"])
        await asyncio.sleep(POLL_SECONDS)
    raise TimeoutError(f"Chromium said nothing in {START_SECONDS:.0f} s")
