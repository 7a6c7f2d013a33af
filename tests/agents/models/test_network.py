"""Errors of the network are told in plain words: no class names."""

from __future__ import annotations

import asyncio

import pytest

from agents.models.endpoint.post import Post
from agents.models.faults import Fault

BEGINNINGS = {
    "no HTTP": (b"SSH-2.0-OpenSSH\r\n", "http", "connection: what answers speaks no HTTP"),
    "nothing": (b"", "http", "connection: the connection was closed before an answer came"),
    "a part": (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "http", "connection: the answer broke off"),
    "no TLS": (b"HTTP/1.1 400 Bad Request\r\n\r\n", "https", "away: no encrypted connection comes about; does it speak http:// alone? (127.0.0.1:PORT)"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BEGINNINGS)
async def test_a_server_that_breaks_off(kind: str) -> None:
    said, scheme, told = BEGINNINGS[kind]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(said)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    post = Post(f"{scheme}://127.0.0.1:{port}/v1", "")
    with pytest.raises(Fault) as caught:
        await post.send("x", {}, seconds=5, most=1000)
    await post.close()
    server.close()
    assert f"{caught.value.kind}: {caught.value}".replace(str(port), "PORT") == told


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://127.0.0.1:1/v1", "away: no connection (127.0.0.1:1: Connection refused)"),
        ("http://[bad/v1", "model: this is no address (http://[bad/v1/x)"),
        ("ftp://x/v1", "model: this is no address of http:// or https:// (ftp://x/v1/x)"),
    ],
)
async def test_an_address_where_nobody_is(url: str, told: str) -> None:
    post = Post(url, "")
    with pytest.raises(Fault) as caught:
        await post.send("x", {}, seconds=5, most=1000)
    await post.close()
    assert f"{caught.value.kind}: {caught.value}" == told
