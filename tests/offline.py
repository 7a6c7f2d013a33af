"""No test reaches the network: a connection to anything but the loopback raises."""

from __future__ import annotations

import socket
from typing import Any

LOOPBACK = {"localhost", "127.0.0.1", "::1", "", None}


class NetworkUsed(RuntimeError):
    """Something tried to leave this machine."""


def _check(host: Any) -> None:
    host = host.decode() if isinstance(host, bytes) else host
    if host not in LOOPBACK and not str(host).startswith("127."):
        raise NetworkUsed(f"a test tried to reach {host!r}")


def guarded() -> dict[str, Any]:
    """Replacements for socket.socket.connect, connect_ex and socket.getaddrinfo."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def connect_(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            _check(address[0])
        connect(self, address)

    def connect_ex_(self: socket.socket, address: Any) -> int:
        if self.family != socket.AF_UNIX:
            _check(address[0])
        return connect_ex(self, address)

    def getaddrinfo_(host: Any, *rest: Any, **more: Any) -> Any:
        _check(host)
        return getaddrinfo(host, *rest, **more)

    return {"connect": connect_, "connect_ex": connect_ex_, "getaddrinfo": getaddrinfo_}


def install() -> None:
    """Guard this process for good."""
    found = guarded()
    socket.socket.connect = found["connect"]  # type: ignore[method-assign]
    socket.socket.connect_ex = found["connect_ex"]  # type: ignore[method-assign]
    socket.getaddrinfo = found["getaddrinfo"]
