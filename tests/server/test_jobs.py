"""Adding many pictures: progress is told as it happens, a bad one stops nothing, and it can be stopped."""

from __future__ import annotations

import json
import threading
import time

import pytest
from fake_studio import FakeStudio, client_of, picture_bytes

from mien.errors import LibraryBusy
from mien.server import jobs as jobs_module
from mien.server.jobs import Jobs

API = "/api/v1/ingest"
JOBS = "/api/v1/jobs"


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

    def add_picture(self, picture, *, text="", tags=(), source="", everybody=False):
        self.tags = tags
        # A picture of 60 pixels shows two faces.
        faces = 2 if picture.shape[0] == 60 else 1
        self.sides.update((picture.shape[0], face) for face in range(faces))
        self.library.size = len(self.sides)


def files(*sides):
    return [("pictures", (f"{side}.png", picture_bytes(side), "image/png")) for side in sides]


def until_over(client, job):
    for _ in range(200):
        told = client.get(f"{JOBS}/{job}").json()
        if told["state"] in {"done", "cancelled", "failed"}:
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
        assert client.get(JOBS).json() == [told]


def test_everybody_in_a_picture_counts():
    with client_of(GrowingStudio()) as client:
        told = until_over(client, client.post(API, files=files(60, 61, 60)).json()["id"])
    assert (told["total"], told["added"], told["skipped"]) == (3, 3, 1)


def test_progress_comes_as_events_until_it_is_over():
    with client_of(GrowingStudio()) as client:
        job = client.post(API, files=files(40, 41, 42)).json()["id"]
        answer = client.get(f"{JOBS}/{job}/events")
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
        client.delete(f"{JOBS}/{job}")
        go_on.set()
        told = until_over(client, job)
    assert (told["state"], told["done"], told["added"]) == ("cancelled", 1, 1)


def test_more_than_may_wait_in_memory_is_refused(monkeypatch):
    monkeypatch.setattr(jobs_module, "MAX_HELD", 10)
    with client_of(GrowingStudio()) as client:
        answer = client.post(API, files=files(60))
    assert (answer.status_code, answer.json()["error"]["kind"]) == (429, "TooBusy")


@pytest.mark.parametrize("path", ["nobody", "nobody/events"])
def test_a_batch_that_is_not_there(client, path):
    assert client.get(f"{JOBS}/{path}").status_code == 404


class OldStudio(FakeStudio):
    """Its library was embedded by another version; embedding goes batch by batch, each as soon as it is let."""

    def __init__(self, old=4):
        super().__init__()
        self.old = old
        self.batches = threading.Semaphore(0)

    def reembed(self, *, progress=None, stop=None):
        self._maybe_fail()
        total, done = self.old, 0
        progress(0, total)
        while done < total and not stop():
            assert self.batches.acquire(timeout=10)
            done, self.old = done + 1, self.old - 1
            progress(done, total)
        return done


def test_a_library_of_another_version_is_embedded_with_progress():
    studio = OldStudio()
    with client_of(studio) as client:
        assert client.get("/api/v1/library").json()["outdated"] == 4
        started = client.post("/api/v1/embedding")
        assert (started.status_code, started.json()["kind"], started.json()["total"]) == (202, "embed", 4)
        # Asked again, by another page say, it is the same work.
        assert client.post("/api/v1/embedding").json()["id"] == started.json()["id"]
        studio.batches.release(4)
        told = until_over(client, started.json()["id"])
        assert (told["state"], told["done"], told["added"]) == ("done", 4, 4)
        assert client.get("/api/v1/library").json()["outdated"] == 0


def test_embedding_stops_and_goes_on_as_new_work():
    studio = OldStudio()
    with client_of(studio) as client:
        first = client.post("/api/v1/embedding").json()["id"]
        studio.batches.release()
        client.delete(f"{JOBS}/{first}")
        studio.batches.release(3)
        told = until_over(client, first)
        assert told["state"] == "cancelled"
        left = studio.old
        assert 0 < left < 4
        second = client.post("/api/v1/embedding").json()
        assert (second["id"] != first, second["total"]) == (True, left)
        studio.batches.release(4)
        assert until_over(client, second["id"])["state"] == "done"


def test_pictures_are_added_while_the_library_is_embedded():
    class Both(OldStudio, GrowingStudio):
        def __init__(self):
            OldStudio.__init__(self)
            self.library, self.sides = GrowingLibrary(), set()

    studio = Both()
    with client_of(studio) as client:
        embedding = client.post("/api/v1/embedding").json()["id"]
        assert until_over(client, client.post(API, files=files(30)).json()["id"])["added"] == 1
        assert client.get(f"{JOBS}/{embedding}").json()["state"] == "running"
        studio.batches.release(4)
        assert until_over(client, embedding)["state"] == "done"


def test_embedding_that_fails_says_why():
    studio = OldStudio()
    studio.fails = LibraryBusy("The library is being written to by process 7. Try again when it is done.")
    with client_of(studio) as client:
        told = until_over(client, client.post("/api/v1/embedding").json()["id"])
    assert told["state"] == "failed"
    assert told["problems"][0]["message"].startswith("The library is being written to")


def test_a_service_embeds_anew_as_soon_as_it_starts():
    studio = OldStudio()
    studio.batches.release(4)
    with client_of(studio, warm_up=True) as client:
        (job,) = client.get(JOBS).json()
        assert until_over(client, job["id"])["state"] == "done"
    with client_of(studio, warm_up=True) as client:
        assert client.get(JOBS).json() == []


def test_a_form_without_pictures_is_refused(client):
    assert client.post(API, files={"picture": ("a.png", b"x")}).status_code == 422
    assert client.post(API, data={"tags": "x"}).status_code == 422


def test_only_so_many_batches_are_remembered():
    jobs = Jobs()
    for _ in range(30):
        job = jobs.add([("a", b"x")], lambda _data, _name: True)
        while not job.is_over:
            time.sleep(0.005)
    assert len(jobs.all()) <= 17
    jobs.close()
