"""What an error of the network means, in plain words: the names of a library's classes tell a user nothing."""

from __future__ import annotations

import os

import aiohttp

_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (aiohttp.ClientConnectorDNSError, "the host is not found"),
    (aiohttp.ClientConnectorCertificateError, "its certificate is not valid"),
    (aiohttp.ClientSSLError, "no encrypted connection comes about; does it speak http:// alone?"),
    (aiohttp.ClientProxyConnectionError, "the proxy takes no connection"),
    (aiohttp.ClientHttpProxyError, "the proxy refuses"),
    (aiohttp.ConnectionTimeoutError, "no connection in time"),
    (aiohttp.ServerTimeoutError, "no answer in time"),
    (aiohttp.ClientConnectorError, "no connection"),
    (aiohttp.ServerDisconnectedError, "the connection was closed before an answer came"),
    (aiohttp.ClientPayloadError, "the answer broke off"),
    (aiohttp.ClientResponseError, "what answers speaks no HTTP"),
    (aiohttp.InvalidURL, "this is no address"),
    (aiohttp.NonHttpUrlClientError, "this is no address of http:// or https://"),
    (ConnectionResetError, "the connection was reset"),
    (BrokenPipeError, "the connection was reset"),
    (ConnectionRefusedError, "no connection"),
    (TimeoutError, "no answer in time"),
    (OSError, "the connection failed"),
    (aiohttp.ClientError, "the connection failed"),
    (ValueError, "this is no address"),
)
"""The first that fits counts."""
_SAYS_ALL = (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError, TimeoutError)
"""Of which no detail says more than the words."""


def plain(error: BaseException) -> str:
    """An error in plain words, in one line, with what the system says of it. A secret may be in it."""
    words = next((words for kind, words in _WORDS if isinstance(error, kind)), "the connection failed")
    detail = _detail(error)
    return f"{words} ({detail})" if detail else words


def _detail(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return _line(f"HTTP {error.status}: {error.message}")
    if isinstance(error, (*_SAYS_ALL, aiohttp.ClientResponseError)):
        return ""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return _line(error.certificate_error)
    if isinstance(error, aiohttp.ClientConnectorError):
        told = "" if isinstance(error, aiohttp.ClientSSLError) else _of_system(error.os_error)
        return f"{error.host}:{error.port}{f': {told}' if told else ''}"
    return _of_system(error) if isinstance(error, OSError) else _line(error)


def _of_system(error: OSError) -> str:
    """What the system says: asyncio has words of its own for it."""
    number = error.errno or 0
    return os.strerror(number) if number > 0 else _line(error.strerror or error)


def _line(told: object) -> str:
    return " ".join(str(told).split())
