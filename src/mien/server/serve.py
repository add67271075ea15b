"""Listen and serve until stopped."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable

import uvicorn
from threadpoolctl import threadpool_limits

from mien.errors import AddressInUse, InputError
from mien.server.app import create_app
from mien.server.quota import RATE, Quota
from mien.server.security import LOOPBACK
from mien.studio import Studio


def serve(
    studio: Studio,
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    token: str | None = None,
    rate: float | None = None,
    ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve until interrupted.

    port: 0 takes a free one. token: asked of every caller; `MIEN_TOKEN` if not given; needed for anything but
    loopback. rate: requests a second that one client may make, 0 for any number; `RATE`, or any number on loopback, if
    not given. ready: called with the address once the service answers there.

    Raises `AddressInUse`, and `InputError` for an address that needs a token or does not exist, or a negative rate.
    """
    if rate is not None and not 0 <= rate < float("inf"):
        raise InputError(f"A rate of {rate:g} requests a second makes no sense. Use a number above 0, or 0 for any.")
    token = token or os.environ.get("MIEN_TOKEN") or None
    is_local = host in LOOPBACK
    if not is_local and not token:
        raise InputError(f"To listen on {host}, where others can reach it, set a token with --token or MIEN_TOKEN.")
    rate = rate if rate is not None else 0.0 if is_local else RATE
    listener = _listen(host, port)
    try:
        app = create_app(
            studio,
            hosts=LOOPBACK if is_local else None,
            token=token,
            quota=Quota(rate) if rate else None,
            warm_up=True,
        )
        config = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=3
        )
        # Requests are what runs side by side here. Threads of BLAS's own spin while they wait for the next product: a
        # frame of a camera took 81 ms of processor time with two of them and takes 51 without.
        with threadpool_limits(1, user_api="blas"):
            _Server(config, lambda: ready(_address(host, listener))).run(sockets=[listener])
    finally:
        listener.close()


class _Server(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def _address(host: str, listener: socket.socket) -> str:
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host.strip('[]')}]" if ":" in host else host)
    return f"http://{name}:{listener.getsockname()[1]}/"


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise AddressInUse(f"Port {port} is in use. Choose another with --port, or 0 for a free one.") from error
        raise InputError(f"Cannot listen on {host}:{port}: {error.strerror or error}.") from error
    return listener
