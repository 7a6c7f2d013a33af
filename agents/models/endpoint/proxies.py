"""The proxy on the way to an address, by HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in either case."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment


@dataclass(frozen=True)
class Proxy:
    """A proxy: its address without a password, and the name and password if it wants them."""

    url: str
    variable: str
    """The environment variable that names it."""
    user: str = ""
    password: str = ""

    @property
    def usable(self) -> bool:
        """Whether it speaks HTTP; others, such as SOCKS, are not known here."""
        return self.url.startswith(("http://", "https://"))

    def __str__(self) -> str:
        return f"the proxy {self.url} of {self.variable}"


def proxy_for(url: str) -> Proxy | None:
    """The proxy that the environment names for `url`. This machine itself is reached without one."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    known = getproxies_environment()
    kind = parts.scheme if known.get(parts.scheme) else "all"
    named = known.get(kind, "").strip()
    if not named or not host or _is_here(host) or _bypassed(host, port, known.get("no", "")):
        return None
    whole = named if "://" in named else f"http://{named}"
    try:
        way = urlsplit(whole)
        place = f"{way.scheme}://{way.netloc.rpartition('@')[2]}"
        return Proxy(place, f"{kind.upper()}_PROXY", unquote(way.username or ""), unquote(way.password or ""))
    except ValueError:
        return Proxy("no address", f"{kind.upper()}_PROXY")


def _is_here(host: str) -> bool:
    address = _address(host)
    return address.is_loopback if address else host == "localhost" or host.endswith(".localhost")


def _bypassed(host: str, port: int | None, named: str) -> bool:
    """Whether NO_PROXY names the host: by name, by the end of one, by a network, with its port or without; `*` is all."""
    address = _address(host)
    for part in (part.strip().lower() for part in named.split(",")):
        name, _, wanted = (
            part.rpartition(":") if part.rpartition(":")[2].isdigit() and part.count(":") == 1 else (part, "", "")
        )
        name = name.removeprefix("*").lstrip(".")
        if part == "*" or (name and (host == name or host.endswith(f".{name}")) and wanted in {"", str(port)}):
            return True
        try:
            if address is not None and address in ipaddress.ip_network(part, strict=False):
                return True
        except ValueError:
            continue  # a name
    return False


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
