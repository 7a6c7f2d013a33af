"""Who gets an answer: a browser with the token, by our own page and address, and what else every answer says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from studio.serving.guarding import Doorkeeper
from tests.helpers import REPO
from tests.studio.conftest import Served

PATHS = ("/", "/page/main.js", "/api/runs", "/api/runs/x", "/nothing")
PAGE = REPO / "studio" / "page"


async def test_without_the_token_nothing_is_answered(home: Path, served: Served) -> None:
    async with served(home, token=False) as client:
        for path in (*PATHS, "/?token=", "/?token=wrong", "/api/runs?token=wrong"):
            answer = await client.get(path)
            assert answer.status == 403, path
            assert await answer.json() == {"error": "open the address with the token that the command printed"}


async def test_the_token_goes_into_a_cookie_that_no_script_and_no_other_site_has(home: Path, served: Served) -> None:
    async with served(home, token=False) as client:
        other = Doorkeeper().address()
        assert other != Doorkeeper().address(), "each server has a token of its own"
        assert (await client.get(other[other.index("/?") :])).status == 403
    async with served(home) as client:
        (cookie,) = client.session.cookie_jar
        assert cookie.key == f"colloquia-{client.port}"
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
        assert {(await client.get(path)).status for path in PATHS[:3]} == {200}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:80"},
        {"Host": "127.0.0.1"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
async def test_another_site_gets_nothing_even_with_the_cookie(
    headers: dict[str, str], home: Path, served: Served
) -> None:
    async with served(home) as client:
        for path in PATHS[:3]:
            answer = await client.get(path, headers=headers)
            assert answer.status == 403
            assert "runs" not in await answer.text()


async def test_a_change_is_asked_for_by_our_own_page_alone(home: Path, served: Served) -> None:
    async with served(home) as client:
        own = f"http://127.0.0.1:{client.port}"
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            assert (await client.request(method, "/api/runs")).status == 403
            assert (await client.request(method, "/api/runs", headers={"Origin": "https://evil.example"})).status == 403
            assert (await client.request(method, "/api/runs", headers={"Origin": own})).status == 405, (
                "nothing to change"
            )


async def test_every_answer_has_the_strict_policy_and_no_leave_for_others(home: Path, served: Served) -> None:
    async with served(home) as client:
        answers = [await client.get(path) for path in PATHS]
        answers += [await client.get("/", headers={"Host": "evil.example"}), await client.post("/")]
    assert {answer.status for answer in answers} == {200, 403, 404}
    for answer in answers:
        policy = dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))
        assert (
            policy["default-src"]
            == policy["frame-ancestors"]
            == policy["base-uri"]
            == policy["form-action"]
            == "'none'"
        )
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert policy["img-src"] == "'self' data:"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_the_page_makes_no_markup_of_text_and_loads_nothing_from_elsewhere() -> None:
    for path in sorted(PAGE.iterdir()):
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|url\((?!#)|@import|import\(", text), path.name
        assert not re.search(r"(inner|outer)HTML|insertAdjacent|document\.write|\beval\b|new Function|srcdoc", text), (
            path.name
        )
        assert len(text.splitlines()) <= 250, path.name
    html = (PAGE / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script[^>]*>[^<]|<style| style=| on\w+=", html), "no script and no style in the page itself"
    imports = {
        found for path in PAGE.glob("*.js") for found in re.findall(r'from "(.*?)"', path.read_text(encoding="utf-8"))
    }
    assert all((PAGE / found).is_file() and found.startswith("./") for found in imports)
