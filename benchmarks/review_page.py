"""The review mode in a real browser: how long a verdict takes, what a kill loses, and what hostile samples and sites can do.

`nice python benchmarks/review_page.py [REVIEWS] [KILLS]` (100, 50). It needs a Chromium, which it drives by the DevTools protocol.
Each verdict is one key; measured are the time until the next sample is painted and the time until the server has synced it.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
from aiohttp import web
from chromium import Browser, Page
from review_run import made

from graphs.reviewing.log import read_reviews

WATCH = """
window.seen = {pressed: 0, painted: [], saved: []};
addEventListener("keydown", () => { seen.pressed = performance.now(); }, true);
const noted = (list) => { const from = seen.pressed; return () => list.push(performance.now() - from); };
const kept = (key) => JSON.parse(localStorage.getItem(key) || "[]");
const keep = (key, value) => localStorage.setItem(key, JSON.stringify([...kept(key), value]));
const asked = window.fetch;
window.fetch = async (path, told) => {
  if (!String(path).endsWith("/review/verdicts")) return asked(path, told);
  const done = noted(seen.saved);
  const { key } = JSON.parse(told.body);
  if (!kept("bench-said").includes(key)) keep("bench-said", key);
  const answer = await asked(path, told);
  if (answer.ok) { done(); keep("bench-acknowledged", key); }
  return answer;
};
addEventListener("DOMContentLoaded", () => {
  let before = null;
  new MutationObserver(() => {
    const now = document.querySelector(".review-sample .sample-body, .review-sample .all-done");
    if (!now || now === before) return;
    before = now;
    const done = noted(seen.painted);
    requestAnimationFrame(() => { const port = new MessageChannel(); port.port1.onmessage = done; port.port2.postMessage(0); });
  }).observe(document.body, {childList: true, subtree: true});
});
"""


@asynccontextmanager
async def served(out: Path, port: int = 0) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The command over a run, and the address with its token."""
    words = [sys.executable, "-m", "graphs.studio", f"out={out}", *([f"port={port}"] if port else [])]
    process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    await process.stdout.readline()
    try:
        yield process, (await process.stdout.readline()).decode().strip()
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def opened(page: Page, address: str, queue: str, reviewer: str) -> None:
    """Open a queue as a reviewer."""
    await page.ask("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
    await entered(page, address, queue, reviewer)


async def entered(page: Page, address: str, queue: str, reviewer: str) -> None:
    """Go to a queue at an address with a token."""
    await page.ask("Page.navigate", url=address)
    await page.until("window.seen && document.querySelector('#bar')?.children.length")
    run = await page.run("fetch('/api/runs').then((answer) => answer.json()).then((runs) => runs[0].id)")
    await page.run(
        f"localStorage.setItem('colloquia-reviewer', {reviewer!r}); location.hash = '#/{run}/review/{queue}'"
    )
    await page.until("document.querySelector('.review-sample .sample-body, .review-sample .all-done')")


async def shown_next(page: Page, count: int) -> None:
    """Wait until so many samples were painted."""
    await page.until(f"seen.painted.length >= {count}")


def told(what: str, milliseconds: Sequence[float]) -> None:
    """Print how long something took."""
    ordered = sorted(milliseconds)
    cuts = [ordered[min(len(ordered) - 1, int(len(ordered) * part))] for part in (0.5, 0.95, 1)]
    print(
        f"{what:<44} median {cuts[0]:7.1f} ms, 95 % {cuts[1]:7.1f} ms, most {cuts[2]:7.1f} ms ({len(ordered)})",
        flush=True,
    )


async def by_keyboard(browser: Browser, out: Path, reviews: int) -> None:
    """Give verdicts by keys alone, some with reasons, some taken back."""
    rng = random.Random(2)
    async with served(out) as (_, address), browser.page("about:blank") as page:
        await opened(page, address, "audit", "Ada")
        await page.run("seen.painted.length = 0; 1")
        said = undone = 0
        for number in range(reviews):
            if rng.random() < 0.2:
                for key in rng.sample("123456789", 2):
                    await page.press(key)
                await page.press("r")
            else:
                await page.press("a")
            said += 1
            await shown_next(page, said + undone)
            if number % 10 == 9:
                await page.press("u")
                undone += 1
                await shown_next(page, said + undone)
                await page.press("a")
                said += 1
                await shown_next(page, said + undone)
        await page.until("document.querySelector('.review-strip').textContent.includes('all saved')")
        found = await page.run("seen")
        strip = await page.run("document.querySelector('.review-strip').innerText.replace(/\\s+/g, ' ')")
    kept = read_reviews(out)
    assert len(kept) == said + undone, (len(kept), said, undone)
    told("key to the next sample painted", found["painted"])
    told("key to synced and acknowledged", found["saved"])
    print(f"{'the strip then says':<44} {strip}")


async def two_at_once(browser: Browser, out: Path, each: int) -> None:
    """Two reviewers in two browsers' storages, pressing keys at once."""

    async def work(page: Page) -> None:
        for number in range(each):
            await page.press("a")
            await shown_next(page, number + 1)
        await page.until("document.querySelector('.review-strip').textContent.includes('all saved')")

    async with served(out) as (_, address), browser.page("about:blank") as one, browser.page("about:blank") as other:
        for page, name in ((one, "Ada"), (other, "Bo")):
            await opened(page, address, "audit", name)
            await page.run("seen.painted.length = 0; 1")
        await asyncio.gather(work(one), work(other))
        saved = [*await one.run("seen.saved"), *await other.run("seen.saved")]
    kept = read_reviews(out)
    first = Counter(verdict.sample for verdict in kept if not verdict.repeat)
    assert len(kept) == 2 * each
    assert [verdict.number for verdict in kept] == list(range(1, 2 * each + 1))
    told("two at once: key to synced", saved)
    twice = sum(count > 1 for count in first.values())
    print(f"{'two at once':<44} {len(kept)} verdicts kept, {twice} samples judged by both without need")


async def killed(browser: Browser, out: Path, kills: int) -> None:
    """Kill the server at random moments while keys are pressed; what it acknowledged, and what the page was told, is in the file."""
    rng = random.Random(3)
    port = rng.randint(31_000, 39_000)
    pressed = 0
    async with browser.page("about:blank") as page:
        await page.ask("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        for _ in range(kills):
            async with served(out, port) as (process, address):
                await entered(page, address, "audit", "Ada")
                killer = asyncio.create_task(_kill(process, rng.uniform(0.0, 0.25)))
                for _ in range(rng.randint(2, 6)):
                    await page.press(rng.choice("aaar"))
                    pressed += 1
                await killer
        away = await page.run("document.querySelector('.review-strip').innerText.replace(/\\s+/g, ' ')")
        async with served(out, port) as (_, address):
            await entered(page, address, "audit", "Ada")
            await page.until("Object.keys(localStorage).every((key) => !key.startsWith('colloquia-unsaved'))", 60)
            said, acknowledged = await page.run("kept('bench-said')"), await page.run("kept('bench-acknowledged')")
    kept = Counter(verdict.key for verdict in read_reviews(out))
    lost = [key for key in acknowledged if key not in kept]
    print(
        f"{'SIGKILL at random moments':<44} {kills} kills, {pressed} keys pressed, {len(acknowledged)} verdicts acknowledged, {len(kept)} kept, {len(lost)} lost"
    )
    print(f"{'the strip after the last kill':<44} {away}")
    assert not lost
    assert set(kept.values()) == {1}
    assert set(kept) == set(said), (len(said), len(kept))


async def _kill(process: asyncio.subprocess.Process, after: float) -> None:
    await asyncio.sleep(max(0.0, after))
    process.send_signal(signal.SIGKILL)
    await process.wait()


async def hostile(browser: Browser, out: Path) -> None:
    """Look at samples that somebody made to harm, in two queues, and edit one."""
    async with served(out) as (_, address), browser.page("about:blank") as page:
        await opened(page, address, "audit", "Ada")
        for queue in ("audit", "routed"):
            await entered(page, address, queue, "Ada")
            await page.run("seen.painted.length = 0; 1")
            for number in range(10):
                await page.press("e")
                await page.until("document.querySelector('dialog.writing[open]')")
                await page.run("document.querySelector('dialog.writing .quiet').click()")
                await page.press("r")
                await shown_next(page, number + 1)
            told(f"hostile samples in {queue}: key to painted", await page.run("seen.painted"))
        await page.until("document.querySelector('.review-strip').textContent.includes('all saved')")
        owned = await page.run("window.owned ?? null")
        foreign = await page.run(
            "document.querySelectorAll('.review-sample :is(script, img, iframe, form, a[href^=javascript])').length"
        )
    assert (owned, foreign) == (None, 0)
    complaints = [one for one in browser.told if one["method"] != "Log.entryAdded"]
    assert not complaints, complaints[:2]
    print(f"{'hostile samples':<44} no script ran, no element of theirs, no exception")


async def foreign(browser: Browser, out: Path) -> None:
    """Let a page of another port, in the browser that has the cookie, try to read and to post."""
    tries = """(async () => { const found = [];
      for (const told of [{}, {mode: "no-cors"}, {method: "POST", body: BODY}, {method: "POST", mode: "no-cors", body: BODY},
        {method: "POST", credentials: "include", headers: {"Content-Type": "application/json", "X-Colloquia-Change": "yes"}, body: BODY}]) {
        for (const path of [`/api/runs`, `/api/runs/RUN/review/verdicts`]) {
          try { const answer = await fetch("BASE" + path, {credentials: "include", ...told}); found.push(`${answer.type} ${answer.status} ${(await answer.text()).length}`); }
          catch (error) { found.push("refused"); } } }
      return found; })()"""

    async def empty(_: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>other</title>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", empty)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    other = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    async with served(out) as (_, address):
        base = address.split("/?")[0]
        async with browser.page("about:blank", own=False) as page:
            await opened(page, address, "audit", "Ada")
            run = await page.run("location.hash.split('/')[1]")
            item = await page.run(
                f"fetch('/api/runs/{run}/review/next?reviewer=Ada&queue=audit&count=1').then((answer) => answer.json()).then((found) => found.items[0])"
            )
            before = len(read_reviews(out))
            body = {
                "reviewer": "Eve",
                "queue": "audit",
                "sample": item["sample"],
                "content": item["content"],
                "said": "accept",
                "key": "foreign-1",
            }
            await page.ask("Page.navigate", url=other)
            await page.until("document.title === 'other'")
            script = (
                tries.replace("BASE", base)
                .replace("RUN", run)
                .replace("BODY", orjson.dumps(orjson.dumps(body).decode()).decode())
            )
            found = await page.run(script)
    await runner.cleanup()
    assert all(one in ("refused", "opaque 0 0") for one in found), found
    assert len(read_reviews(out)) == before
    print(f"{'a page of another origin, with the cookie':<44} {len(found)} tries: nothing read, nothing kept")


async def measured(home: Path, profile: Path, reviews: int, kills: int) -> None:
    """All of it, over the runs in `home`."""
    async with Browser(profile) as browser:
        await by_keyboard(browser, home / "keys", reviews)
        await two_at_once(browser, home / "two", 30)
        await hostile(browser, home / "hostile")
        await foreign(browser, home / "two")
        await killed(browser, home / "kills", kills)


def main() -> None:
    """Make the runs, and print the figures."""
    numbers = [int(word) for word in sys.argv[1:]]
    reviews, kills = numbers + [100, 50][len(numbers) :]
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        home = Path(folder)
        for name, samples in (("keys", 2 * reviews + 50), ("two", 200), ("kills", 6 * kills + 50)):
            made(home, home / name, samples)
        made(home, home / "hostile", 40, hostile=True)
        asyncio.run(measured(home, Path(profile), reviews, kills))


if __name__ == "__main__":
    main()
