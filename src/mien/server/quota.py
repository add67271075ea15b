"""How often one client may ask: so that a script that runs away leaves the service to the others."""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Callable
from typing import Final

from mien.server.answers import Refused

RATE: Final = 60.0
"""Requests a second of a client beyond loopback, unless `mien serve --rate` says otherwise. A camera sends 15 to 30 a
second, and a grid that is scrolled fast some 50 pictures."""

BURST_S: Final = 10.0
"""A client that was quiet may ask for this many seconds' worth at once: a page that is opened asks for a hundred
pictures."""

_MOST_CLIENTS: Final = 4096


class Quota:
    """A bucket for each client: every request takes one, and `rate` a second flow back, up to `BURST_S` times that.

    rate: requests a second, above 0. clock: seconds that only grow.
    """

    def __init__(self, rate: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._most = max(1.0, rate * BURST_S)
        self._clock = clock
        # What is left, and when that was so; whoever asked last stands last.
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, address: str) -> None:
        """Count a request of the client at an address. Raises `Refused` (429) past the quota."""
        client, now = _client(address), self._clock()
        left, at = self._left.pop(client, (self._most, now))
        left = min(self._most, left + (now - at) * self._rate)
        self._left[client] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > _MOST_CLIENTS:
            # The one that has been quiet longest; its bucket is full, or nearly.
            del self._left[next(iter(self._left))]
        if left < 1:
            wait_s = max(1, math.ceil((1 - left) / self._rate))
            raise Refused(
                429,
                "TooOften",
                f"That is more than {self._rate:g} requests a second from one client. "
                f"Wait {wait_s} second{'s' * (wait_s > 1)} and try again, more slowly.",
                retry_after_s=wait_s,
            )


def _client(address: str) -> str:
    """An IPv4 address, or the network of 64 bits that one IPv6 client has to itself."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if ip.version == 6:
        mapped = ip.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
