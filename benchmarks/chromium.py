"""A headless Chromium, driven by the DevTools protocol: keys, screenshots and scripts, without a package of its own."""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

_CODES = {
    " ": ("Space", 32),
    "Enter": ("Enter", 13),
    "Escape": ("Escape", 27),
    "ArrowLeft": ("ArrowLeft", 37),
    "ArrowRight": ("ArrowRight", 39),
}


def chromium() -> str | None:
    """The path of a Chromium, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


class Browser:
    """A browser with a profile of its own."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.told: list[dict[str, Any]] = []
        """Exceptions and complaints of every page."""

    async def __aenter__(self) -> Self:
        path = chromium()
        if path is None:
            raise FileNotFoundError("no Chromium is installed")
        self._process = await asyncio.create_subprocess_exec(
            path, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--remote-debugging-port=0",
            f"--user-data-dir={self._home}", "about:blank", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "HOME": str(self._home)},
        )  # fmt: skip
        assert self._process.stderr
        while line := (await self._process.stderr.readline()).decode("utf-8", "replace"):
            if "listening on " in line:
                break
        self._draining = asyncio.create_task(self._process.stderr.read())
        self._session = aiohttp.ClientSession()
        self._socket = await self._session.ws_connect(line.split("listening on ")[1].strip(), max_msg_size=0)
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._reading.cancel()
        await self._socket.close()
        await self._session.close()
        self._process.terminate()
        await self._process.wait()
        self._draining.cancel()

    async def _read(self) -> None:
        async for message in self._socket:
            told = message.json()
            if waiting := self._waiting.pop(told.get("id", 0), None):
                waiting.set_result(told)
            elif told.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening"):
                self.told.append(told)

    async def ask(self, method: str, session: str | None = None, **params: Any) -> Any:
        """What a command of the protocol answers. Raises RuntimeError if it fails."""
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json(
            {"id": number, "method": method, "params": params, **({"sessionId": session} if session else {})}
        )
        told = await asyncio.wait_for(answer, 60)
        if "error" in told:
            raise RuntimeError(f"{method}: {told['error']['message']}")
        return told["result"]

    @asynccontextmanager
    async def page(
        self, address: str, width: int = 1440, height: int = 900, *, dark: bool = False, own: bool = True
    ) -> AsyncIterator[Page]:
        """A page, in a context of its own unless it is to share storage with the others."""
        context = (await self.ask("Target.createBrowserContext"))["browserContextId"] if own else None
        target = (
            await self.ask(
                "Target.createTarget", url="about:blank", **({"browserContextId": context} if context else {})
            )
        )["targetId"]
        session = (await self.ask("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        page = Page(self, session)
        for name in ("Page", "Runtime", "Log"):
            await page.ask(f"{name}.enable")
        await page.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        await page.ask(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}],
        )
        await page.ask("Page.navigate", url=address)
        yield page
        await self.ask("Target.closeTarget", targetId=target)


class Page:
    """One page."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session

    async def ask(self, method: str, **params: Any) -> Any:
        """What a command answers for this page."""
        return await self._browser.ask(method, self._session, **params)

    async def run(self, script: str) -> Any:
        """The value of an expression in the page, awaited. Raises RuntimeError with what the page threw."""
        told = await self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if thrown := told.get("exceptionDetails"):
            raise RuntimeError(str(thrown.get("exception", {}).get("description", thrown)))
        return told["result"].get("value")

    async def until(self, condition: str, seconds: float = 30) -> None:
        """Wait until an expression of the page is true. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while True:
                try:
                    if await self.run(f"Boolean({condition})"):
                        return
                except RuntimeError:  # the page is still being opened
                    pass
                await asyncio.sleep(0.02)

    async def press(self, key: str) -> None:
        """Press a key and let it go."""
        code, number = _CODES.get(key, (f"Key{key.upper()}", ord(key.upper()) if len(key) == 1 else 0))
        text = {"text": "\r" if key == "Enter" else key} if len(key) == 1 or key == "Enter" else {}
        told = {"key": key, "code": code, "windowsVirtualKeyCode": number}
        await self.ask("Input.dispatchKeyEvent", type="keyDown", **told, **text)
        await self.ask("Input.dispatchKeyEvent", type="keyUp", **told)

    async def type(self, text: str) -> None:
        """Type a text at the cursor."""
        await self.ask("Input.insertText", text=text)

    async def shot(self) -> bytes:
        """A picture of what is seen, as PNG."""
        return base64.b64decode((await self.ask("Page.captureScreenshot", format="png"))["data"])
