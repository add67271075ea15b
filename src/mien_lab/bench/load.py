"""The service alone, as `mien-lab bench web` asks it: 32 clients at once, a camera, and an hour of one animator's
requests.
"""

from __future__ import annotations

import http.client
import io
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from mien.core.arrays import Rgb
from mien_lab.result import Figures, percentiles

CLIENTS: Final = 32
QUESTIONS: Final[tuple[dict[str, Any], ...]] = (
    {"text": "smug half smile", "limit": 60},
    {"emotion": {"happiness": 0.7, "surprise": 0.3}, "limit": 60},
    {"text": "about to cry", "styles": ["anime"], "limit": 60},
    {"expression": {"coefficients": {"mouthSmileLeft": 0.8, "browInnerUp": 0.5}}, "limit": 60},
)
HOUR: Final[Mapping[str, int]] = {"searches": 600, "thumbnails": 6000, "photos": 60, "details": 240, "frames": 900}
"""What an animator at work asks for in an hour: a search every six seconds with ten pictures each, a photo a minute
(read, put on four characters, drawn), a detail every quarter of a minute, and a minute of camera."""

_AT_ONCE: Final = 6
"""As many as a browser keeps open."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. body: None for GET."""

    path: str
    body: bytes | None = None
    kind: str = ""


class Client:
    """A connection that is kept, as a browser keeps it."""

    def __init__(self, address: str) -> None:
        target = urlsplit(address)
        self._connection = http.client.HTTPConnection(target.hostname or "127.0.0.1", target.port, timeout=120)

    def ask(self, request: Request) -> tuple[int, bytes]:
        """Status and body of the answer."""
        headers = {"content-type": request.kind} if request.kind else {}
        self._connection.request("GET" if request.body is None else "POST", request.path, request.body, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def told(self, request: Request) -> Any:
        """The JSON of an answer that must be good."""
        status, body = self.ask(request)
        if status >= 400:
            raise RuntimeError(f"{request.path} was answered {status}: {body[:300]!r}")
        return json.loads(body)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def under_load(address: str, processor_s: Callable[[], float], *, seconds: float) -> Figures:
    """Searches from 32 clients that each wait for their answer. processor_s: of the service, so far."""
    times: list[float] = []
    statuses: list[int] = []
    lock = threading.Lock()
    over = time.perf_counter() + seconds

    def client(number: int) -> None:
        connection = Client(address)
        for question in islice(cycle(QUESTIONS), number % len(QUESTIONS), None):
            if time.perf_counter() >= over:
                break
            start = time.perf_counter()
            status, _ = connection.ask(_search(question))
            with lock:
                times.append(time.perf_counter() - start)
                statuses.append(status)
        connection.close()

    threads = [threading.Thread(target=client, args=(i,)) for i in range(CLIENTS)]
    start, used = time.perf_counter(), processor_s()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - start
    p50, p99 = percentiles(times)
    return {
        "requests_per_s": len(times) / took,
        "request_processor_ms": 1000 * (processor_s() - used) / len(times),
        "request_ms": p50,
        "request_ms_p99": p99,
        "refused_share": float(np.mean([status != 200 for status in statuses])),
    }


def filmed(address: str, frames: Sequence[bytes], *, seconds: float, draw: int) -> float:
    """Frames a second that are read and put on four characters where two are under way at a time, as the page has it.

    frames: a film, JPEG, played again and again. draw: pixels of the sculpted heads, 0 where the browser draws them.
    """
    over = time.perf_counter() + seconds
    lock = threading.Lock()
    film = enumerate(cycle(frames))
    trail = ""
    done = 0

    def client() -> None:
        nonlocal trail, done
        connection = Client(address)
        while time.perf_counter() < over:
            with lock:
                number, frame = next(film)
                before = trail
            answer = connection.told(_frame(frame, trail=before, at_ms=str(33 * number), draw=str(draw)))
            with lock:
                trail = answer["trail"]
                done += 1
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(2)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done / (time.perf_counter() - start)


def an_hour(address: str, photo: Rgb, memory_mb: Callable[[], float], *, share: float = 1.0) -> Figures:
    """`HOUR`, or a share of it, one request after another on six connections; and the service's memory around it."""
    counts = {name: max(1, round(count * share)) for name, count in HOUR.items()}
    local = threading.local()

    def ask(request: Request) -> int:
        if not hasattr(local, "client"):
            local.client = Client(address)
        status, _ = local.client.ask(request)
        return int(status)

    client = Client(address)
    upload = _photo(photo)
    # What is loaded with the first of each kind is no growth.
    warm = list(_requests(client, upload, dict.fromkeys(counts, 4)))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(ask, warm))
        before = memory_mb()
        requests = list(_requests(client, upload, counts))
        half = len(requests) // 2
        start = time.perf_counter()
        statuses = list(pool.map(ask, requests[:half]))
        middle = memory_mb()
        statuses += pool.map(ask, requests[half:])
        took = time.perf_counter() - start
    client.close()
    return {
        "hour_requests": len(requests),
        "hour_took_s": took,
        "hour_refused": sum(status >= 400 for status in statuses),
        "rss_start_mb": before,
        "rss_hour_mb": memory_mb(),
        "rss_second_half_mb": memory_mb() - middle,
    }


def _requests(client: Client, upload: Request, counts: Mapping[str, int]) -> Iterator[Request]:
    """The kinds mixed evenly, as they come in an hour."""
    parts: dict[str, Iterator[list[Request]]] = {
        "searches": ([_search(question)] for question in cycle(QUESTIONS)),
        "thumbnails": _thumbnails(client),
        "photos": _photos(client, upload),
        "details": _details(client),
        "frames": cycle([[Request("/api/v1/live", upload.body, upload.kind)]]),
    }
    due = sorted((place / count, name) for name, count in counts.items() for place in range(count))
    for _, name in due:
        yield from next(parts[name])


def _search(question: Mapping[str, Any]) -> Request:
    return Request("/api/v1/search", json.dumps(question).encode(), "application/json")


def _found(client: Client, limit: int = 200) -> list[str]:
    return [hit["asset"]["id"] for hit in client.told(_search({"limit": limit}))["hits"]]


def _thumbnails(client: Client) -> Iterator[list[Request]]:
    for asset in cycle(_found(client)):
        yield [Request(f"/api/v1/assets/{asset}/picture?size=256")]


def _photos(client: Client, upload: Request) -> Iterator[list[Request]]:
    reading = client.told(upload)["reading"]["expression"]
    reading["latent"] = None
    for step in cycle(range(100)):
        # Another face each time, so that no answer is a remembered one.
        reading["coefficients"]["jawOpen"] = step / 100
        body = json.dumps({"expression": reading, "to": "four"}).encode()
        mapped = client.told(Request("/api/v1/map", body, "application/json"))["characters"]
        drawn = [Request(one["svg"] or f"{one['picture']}&size=512") for one in mapped]
        yield [upload, Request("/api/v1/map", body, "application/json"), *drawn]


def _details(client: Client) -> Iterator[list[Request]]:
    for asset in cycle(_found(client)):
        where = f"/api/v1/assets/{asset}"
        yield [Request(where), Request(f"{where}/staged?to=four"), Request(f"{where}/picture")]


def _photo(photo: Rgb) -> Request:
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "JPEG", quality=90)
    return _form("/api/v1/read", file.getvalue())


def _frame(jpeg: bytes, **fields: str) -> Request:
    return _form("/api/v1/live", jpeg, **{name: value for name, value in fields.items() if value})


def _form(path: str, jpeg: bytes, **fields: str) -> Request:
    """A picture and what is said of it as a form, as a browser sends it."""
    edge = "mien-bench"
    said = 'content-disposition: form-data; name="picture"; filename="a.jpg"\r\ncontent-type: image/jpeg'
    body = f"--{edge}\r\n{said}\r\n\r\n".encode() + jpeg
    for name, value in fields.items():
        body += f'\r\n--{edge}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
    return Request(path, body + f"\r\n--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}")
