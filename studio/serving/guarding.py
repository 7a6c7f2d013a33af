"""Who may ask: a browser on this machine that was given the token, through our own page, and nobody else.

A page of another site can make the browser send requests here: it lacks the token's cookie, which is SameSite=Strict, names
itself in Origin and Sec-Fetch-Site, and reads no answer, since there are no CORS headers. A name that an attacker lets point
to 127.0.0.1 stands in Host.
"""

from __future__ import annotations

import hmac
import secrets

from aiohttp import hdrs, web

TOKEN = "token"
_NAMES = ("127.0.0.1", "localhost")
_OURS = ("same-origin", "none")
_SAFE = (hdrs.METH_GET, hdrs.METH_HEAD)
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
"""Of every answer, refusals included."""


CHANGE = "X-Colloquia-Change"
"""A header that no form and no simple request of another site can set."""
JSON = "application/json"


def refused_change(request: web.BaseRequest) -> str:
    """Why a request that the doorkeeper let in may change nothing, in a line; empty if it may."""
    if request.headers.get(CHANGE) != "yes":
        return f"a change needs the header {CHANGE}"
    if request.content_type != JSON:
        return f"a change is {JSON}"
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return "another site may not ask here"
    return ""


class Doorkeeper:
    """Knows the token of one server."""

    def __init__(self) -> None:
        self._token = secrets.token_urlsafe(24)
        self.port = 0
        """Set once the server listens."""

    def address(self) -> str:
        """The address that lets a browser in."""
        return f"http://{_NAMES[0]}:{self.port}/?{TOKEN}={self._token}"

    @property
    def cookie(self) -> str:
        """The cookie's name: browsers share cookies between the ports of a host."""
        return f"colloquia-{self.port}"

    def refusal(self, request: web.BaseRequest) -> str:
        """Why a request gets no answer, in a line; empty if it gets one."""
        host = request.headers.get(hdrs.HOST, "")
        if host not in self._hosts():
            return "this server answers to 127.0.0.1 alone"
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is None and request.method not in _SAFE:
            return "a change needs an Origin"
        if origin is not None and origin != f"http://{host}":
            return "another site may not ask here"
        entering = request.path == "/" and TOKEN in request.query
        if not entering and request.headers.get("Sec-Fetch-Site", "none") not in _OURS:
            return "another site may not ask here"
        if not self._is_token(request.query.get(TOKEN, "") if entering else request.cookies.get(self.cookie, "")):
            return "open the address with the token that the command printed"
        return ""

    def let_in(self, response: web.StreamResponse) -> None:
        """Give the token to a browser, for our own page alone, where no script reads it."""
        response.set_cookie(self.cookie, self._token, path="/", httponly=True, samesite="Strict")

    def _hosts(self) -> tuple[str, ...]:
        return tuple(f"{name}:{self.port}" for name in _NAMES)

    def _is_token(self, told: str) -> bool:
        return hmac.compare_digest(told.encode("utf-8", "replace"), self._token.encode())
