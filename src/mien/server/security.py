"""What every request passes before a route sees it: host, origin, quota, token, size; headers on the way out."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mien.server.answers import Refused, answer_to, refusal
from mien.server.quota import Quota

MAX_BODY: Final = 20 * 1024 * 1024
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
COOKIE: Final = "mien_token"

# The page and its pictures come from here alone; photos are shown from memory (blob:), small drawings inline (data:).
_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
        "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
}


class Guard:
    """ASGI middleware around the whole application; nothing that a route does gets past its catch.

    hosts: names it may be called by (ports are ignored); None accepts any, for a service with a token.
    token: asked of every request when set, as `Authorization: Bearer`, as a cookie, or once as `/?token=`, which
        sets the cookie.
    quota: of every client, by its address; None counts nobody. Files of the page are not counted.
    """

    def __init__(
        self, app: ASGIApp, *, hosts: frozenset[str] | None, token: str | None, quota: Quota | None = None
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._token = token
        self._quota = quota

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        outgoing = _Outgoing(send)
        if answer := self._stopped(scope, Headers(scope=scope)):
            await answer(scope, receive, outgoing.send)
            return
        try:
            await self._app(scope, _bounded(receive), outgoing.send)
        except Exception as error:
            if outgoing.has_started:
                raise
            await answer_to(error)(scope, receive, outgoing.send)

    def _stopped(self, scope: Scope, headers: Headers) -> Response | None:
        if self._hosts is not None and _name(headers.get("host", "")) not in self._hosts:
            return refusal(421, "WrongHost", "This service answers only under the address it was started with.")
        if scope["method"] not in {"GET", "HEAD"}:
            if _comes_from_elsewhere(headers):
                return refusal(403, "WrongOrigin", "Another site may not send requests to this service.")
            length = headers.get("content-length", "")
            if length.isdigit() and int(length) > MAX_BODY:
                return answer_to(_too_large())
        # Before the token is looked at: guessing it is counted too.
        if self._quota is not None and (scope["path"] == "/" or scope["path"].startswith("/api/")):
            try:
                self._quota.take((scope.get("client") or ("", 0))[0])
            except Refused as error:
                return answer_to(error)
        if self._token is None or self._is_known(headers):
            return None
        return self._welcome(scope, self._token)

    def _is_known(self, headers: Headers) -> bool:
        token = self._token or ""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode()):
            return True
        for part in headers.get("cookie", "").split(";"):
            name, _, value = part.strip().partition("=")
            if name == COOKIE and hmac.compare_digest(value.encode(), _cookie(token).encode()):
                return True
        return False

    def _welcome(self, scope: Scope, token: str) -> Response:
        """Trade `/?token=` for a cookie, so that the token leaves the address bar; else say no."""
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
        if scope["path"] == "/" and hmac.compare_digest(given.encode(), token.encode()):
            answer = RedirectResponse("/", status_code=303)
            answer.set_cookie(COOKIE, _cookie(token), httponly=True, samesite="strict", max_age=30 * 86400)
            return answer
        message = "This service asks for a token: open /?token=..., or send 'Authorization: Bearer ...'."
        no: JSONResponse = refusal(401, "NoToken", message)
        no.headers["www-authenticate"] = "Bearer"
        return no


class _Outgoing:
    """Dress every answer in the security headers, and know whether one has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_started = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_started = True
            headers = MutableHeaders(raw=message["headers"])
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            if "cache-control" not in headers:
                headers["cache-control"] = "no-store"
        await self._send(message)


def _cookie(token: str) -> str:
    return hashlib.sha256(b"mien:" + token.encode()).hexdigest()


def _comes_from_elsewhere(headers: Headers) -> bool:
    """Did a page of another site send this? Programs send neither header."""
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()


def _too_large() -> Refused:
    return Refused(413, "TooLarge", f"That is more than {MAX_BODY // 2**20} MB. Send a smaller picture.")


def _name(host: str) -> str:
    """The host without its port, lower case."""
    host = host.lower().strip()
    if host.startswith("["):
        return host.split("]", 1)[0] + "]"
    return host.rsplit(":", 1)[0]


def _bounded(receive: Receive) -> Receive:
    """Count what is received, whatever the headers promised."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY:
            raise _too_large()
        return message

    return counted
