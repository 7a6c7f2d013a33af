"""HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in either case."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator

import orjson
import pytest

from agents.models.calls import Backend, Model
from agents.models.endpoint.proxies import proxy_for
from agents.models.endpoint.wire import Wire
from agents.models.faults import Fault, FaultKind
from scenarios.schema.styles import Style
from tests.helpers import a_call

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


class Forwarder:
    """A proxy that answers in the endpoint's place, and keeps the heads of what it was asked."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.url = ""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        if head.startswith("CONNECT"):
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        else:
            choice = {"message": {"role": "assistant", "content": "By proxy."}, "finish_reason": "stop"}
            raw = orjson.dumps({"choices": [choice]})
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(raw)}\r\n\r\n".encode() + raw)
        await writer.drain()
        writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Forwarder]:
    """A proxy on the loopback."""
    made = Forwarder()
    server = await asyncio.start_server(made.talk, "127.0.0.1", 0)
    made.url = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield made
    server.close()
    await server.wait_closed()


async def ask(address: str) -> str:
    """Ask an endpoint once."""
    wire = Wire(address, "sk-key-0123456789")
    try:
        model = Model(backend=Backend.OPENAI, name="m", style=Style.CHAT, base_url=address)
        return (await wire.send(a_call(model=model))).text
    finally:
        await wire.close()


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("form", ["http://{}", "{}", "http://{}/"])
async def test_an_endpoint_is_reached_by_the_proxy(
    proxy: Forwarder, monkeypatch: pytest.MonkeyPatch, name: str, form: str
) -> None:
    monkeypatch.setenv(name, form.format(proxy.url))
    assert await ask("http://models.example.org/v1") == "By proxy."
    assert proxy.heads[0].startswith("POST http://models.example.org/v1/chat/completions ")
    assert "Bearer sk-key-0123456789" in proxy.heads[0]


async def test_a_proxys_password_goes_to_the_proxy_and_shows_nowhere(
    proxy: Forwarder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://anna:pass%21word9@{proxy.url}")
    monkeypatch.setenv("HTTPS_PROXY", f"http://anna:pass%21word9@{proxy.url}")
    assert await ask("http://models.example.org/v1") == "By proxy."
    told = base64.b64encode(b"anna:pass!word9").decode()
    assert f"Proxy-Authorization: Basic {told}" in proxy.heads[0]
    with pytest.raises(Fault) as caught:
        await ask("https://models.example.org/v1")
    assert caught.value.kind is FaultKind.CONNECTION
    assert proxy.heads[1].startswith("CONNECT models.example.org:443")
    assert "sk-key" not in proxy.heads[1]
    assert "407" in str(caught.value)
    assert "the proxy" in str(caught.value)
    assert "word9" not in str(caught.value)


BYPASSED = [
    ("http://models.example.org/v1", "models.example.org"),
    ("http://models.example.org/v1", "example.org"),
    ("http://models.example.org/v1", ".example.org"),
    ("http://models.example.org/v1", "*.example.org"),
    ("http://models.example.org:8000/v1", "a.b, models.example.org:8000"),
    ("http://models.example.org/v1", "*"),
    ("http://MODELS.example.org/v1", "Example.ORG"),
    ("http://10.1.2.3:8000/v1", "10.0.0.0/8"),
    ("http://10.1.2.3:8000/v1", "10.1.2.3"),
    ("http://127.0.0.1:8000/v1", ""),
    ("http://localhost:8000/v1", ""),
    ("http://[::1]:8000/v1", ""),
]
PROXIED = [
    ("http://models.example.org/v1", ""),
    ("http://models.example.org/v1", "other.org,ample.org"),
    ("http://models.example.org:8000/v1", "models.example.org:9000"),
    ("http://10.1.2.3:8000/v1", "192.168.0.0/16,localhost"),
    ("http://localhost.example.org/v1", "localhost"),
]


@pytest.mark.parametrize(("address", "named"), BYPASSED)
def test_some_are_reached_without(monkeypatch: pytest.MonkeyPatch, address: str, named: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", named)
    assert proxy_for(address) is None


@pytest.mark.parametrize(("address", "named"), PROXIED)
def test_others_are_not(monkeypatch: pytest.MonkeyPatch, address: str, named: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", named)
    found = proxy_for(address)
    assert found is not None
    assert found.url == "http://proxy:3128"


def test_each_scheme_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    assert proxy_for("http://models.example.org/v1") is None
    assert proxy_for("https://models.example.org/v1") is not None


@pytest.mark.parametrize("named", ["socks5://127.0.0.1:1", "http://[bad"])
async def test_a_proxy_that_cannot_be_used_is_the_users_mistake(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", named)
    with pytest.raises(Fault, match="HTTP_PROXY") as caught:
        await ask("http://models.example.org/v1")
    assert caught.value.kind is FaultKind.MODEL


async def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with pytest.raises(Fault, match=r"through the proxy http://127\.0\.0\.1:9 of HTTP_PROXY") as caught:
        await ask("http://models.example.org/v1")
    assert caught.value.kind is FaultKind.AWAY
