"""Adding many pictures: progress is told as it happens, a bad one stops nothing, and it can be stopped."""

from __future__ import annotations

import json
import threading
import time

import pytest
from fake_studio import FakeStudio, client_of, picture_bytes

from mien.server import ingest
from mien.server.ingest import Jobs

API = "/api/v1/ingest"


class GrowingLibrary(FakeStudio.library.__class__):
    size = 0

    def __len__(self):
        return self.size


class GrowingStudio(FakeStudio):
    """Keeps what it is given; a picture of a side that is there already is skipped."""

    def __init__(self):
        super().__init__()
        self.library = GrowingLibrary()
        self.sides = set()
        self.tags = ()

    def add_picture(self, picture, *, text="", tags=(), source=""):
        self.tags = tags
        self.sides.add(picture.shape[0])
        self.library.size = len(self.sides)


def files(*sides):
    return [("pictures", (f"{side}.png", picture_bytes(side), "image/png")) for side in sides]


def until_over(client, job):
    for _ in range(200):
        told = client.get(f"{API}/{job}").json()
        if told["state"] in {"done", "cancelled"}:
            return told
        time.sleep(0.02)
    raise AssertionError(told)


def test_pictures_are_added_and_the_bad_one_is_named():
    studio = GrowingStudio()
    with client_of(studio) as client:
        sent = [*files(30, 31, 31), ("pictures", ("words.png", b"no picture", "image/png"))]
        started = client.post(API, files=sent, data={"tags": "refs, faces"})
        assert started.status_code == 202
        told = until_over(client, started.json()["id"])
        assert (told["state"], told["total"], told["done"]) == ("done", 4, 4)
        assert (told["added"], told["skipped"]) == (2, 1)
        assert [one["name"] for one in told["problems"]] == ["words.png"]
        assert studio.tags == ("refs", "faces")
        assert client.get(API).json() == [told]


def test_progress_comes_as_events_until_it_is_over():
    with client_of(GrowingStudio()) as client:
        job = client.post(API, files=files(40, 41, 42)).json()["id"]
        answer = client.get(f"{API}/{job}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    told = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
    assert [one["done"] for one in told] == sorted(one["done"] for one in told)
    assert (told[-1]["state"], told[-1]["added"]) == ("done", 3)


def test_it_stops_after_the_picture_that_is_being_read():
    entered, go_on = threading.Event(), threading.Event()

    class Slow(GrowingStudio):
        def add_picture(self, picture, **options):
            entered.set()
            go_on.wait(10)
            super().add_picture(picture, **options)

    with client_of(Slow()) as client:
        job = client.post(API, files=files(50, 51, 52)).json()["id"]
        assert entered.wait(10)
        client.delete(f"{API}/{job}")
        go_on.set()
        told = until_over(client, job)
    assert (told["state"], told["done"], told["added"]) == ("cancelled", 1, 1)


def test_more_than_may_wait_in_memory_is_refused(monkeypatch):
    monkeypatch.setattr(ingest, "MAX_HELD", 10)
    with client_of(GrowingStudio()) as client:
        answer = client.post(API, files=files(60))
    assert (answer.status_code, answer.json()["error"]["kind"]) == (429, "TooBusy")


@pytest.mark.parametrize("path", ["nobody", "nobody/events"])
def test_a_batch_that_is_not_there(client, path):
    assert client.get(f"{API}/{path}").status_code == 404


def test_a_form_without_pictures_is_refused(client):
    assert client.post(API, files={"picture": ("a.png", b"x")}).status_code == 422
    assert client.post(API, data={"tags": "x"}).status_code == 422


def test_only_so_many_batches_are_remembered():
    jobs = Jobs()
    for _ in range(30):
        job = jobs.start([("a", b"x")], lambda _data, _name: True)
        while not job.is_over:
            time.sleep(0.005)
    assert len(jobs.all()) <= 17
    jobs.close()
