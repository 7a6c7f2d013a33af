"""An upload to the hub, to a stand-in that speaks its protocol on loopback."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import web
from serving import served

from graphs.export import main
from tests.graphs.exporting.rows import chats
from tests.helpers import Said, said_by

TOKEN = "hf_abcdefghijklmnopqrstuv"


class Hub:
    """What was made and uploaded."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.made: dict[str, object] = {}
        self.files: dict[str, bytes] = {}

    async def create(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}" or self.status != 200:
            return web.json_response({"error": f"no rights with {request.headers.get('Authorization')}"}, status=400)
        self.made = await request.json()
        return web.json_response(
            {"url": f"https://huggingface.co/datasets/{self.made.get('organization')}/{self.made['name']}", "id": "1"}
        )

    async def preupload(self, request: web.Request) -> web.Response:
        files = (await request.json())["files"]
        return web.json_response(
            {"files": [{"path": one["path"], "uploadMode": "regular", "shouldIgnore": False} for one in files]}
        )

    async def commit(self, request: web.Request) -> web.Response:
        for line in (await request.text()).splitlines():
            row = json.loads(line)
            if row["key"] == "file":
                self.files[row["value"]["path"]] = base64.b64decode(row["value"]["content"])
        return web.json_response(
            {"commitUrl": "https://huggingface.co/datasets/me/talks/commit/1", "commitOid": "1", "hookOutput": ""}
        )

    async def other(self, request: web.Request) -> web.Response:
        return web.json_response({"sha": "1", "id": "o/n", "siblings": [], "lastModified": "2026-01-01T00:00:00.000Z"})


@contextmanager
def serving(hub: Hub) -> Iterator[str]:
    """The address of the stand-in."""

    def make() -> web.Application:
        app = web.Application()
        app.router.add_post("/api/repos/create", hub.create)
        app.router.add_post("/api/datasets/{owner}/{name}/preupload/{rev}", hub.preupload)
        app.router.add_post("/api/datasets/{owner}/{name}/commit/{rev}", hub.commit)
        app.router.add_route("*", "/{tail:.*}", hub.other)
        return app

    with served(make) as address:
        yield address


@pytest.fixture
def export(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Said:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)  # the stand-in is on loopback
    return said_by(main, capfd)


def test_the_rows_and_their_columns_go_to_a_private_repository(
    export: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = Hub()
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with serving(hub) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        code, said, complained = export(
            f"out={chats(tmp_path / 'c.jsonl')}", "to=hub:me/talks", f"into={tmp_path / 'into'}"
        )
    assert code == 0, complained
    assert hub.made.get("private") is True or hub.made.get("visibility") == "private"
    assert set(hub.files) >= {"train.jsonl", "README.md"}
    assert hub.files["train.jsonl"] == (tmp_path / "into" / "trl" / "train.jsonl").read_bytes()
    assert b"list: json" in hub.files["README.md"]
    assert "on the hub, private: " in said
    assert TOKEN not in said + complained


def test_what_the_hub_refuses_is_one_line_without_the_token(
    export: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = chats(tmp_path / "c.jsonl")
    for words, complaint in (
        (["to=hub:talks"], "to=hub:talks: write hub:OWNER/NAME"),
        (["to=hub:me/talks"], "needs a token that may write, in the environment variable HF_TOKEN"),
        (["to=hub:me/talks", "private=maybe"], "HF_TOKEN"),
    ):
        monkeypatch.delenv("HF_TOKEN", raising=False)
        code, _, complained = export(f"out={out}", *words)
        assert (code, complaint in complained) == (2, True), complained
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with serving(Hub(status=400)) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        code, _, complained = export(f"out={out}", "to=hub:me/talks", f"into={tmp_path / 'into'}")
    assert code == 2
    assert "the hub refuses it" in complained
    assert TOKEN not in complained
