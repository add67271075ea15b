"""What a caller gets when something is wrong: a fitting status and one sentence, never a traceback."""

from __future__ import annotations

import logging
import threading

import pytest
from fake_studio import ASSET, FakeStudio, client_of, picture_bytes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mien.errors import LibraryBusy, NotALibrary, ResourceMissing
from mien.server.security import MAX_BODY

API = "/api/v1"
FORM = {"content-type": "multipart/form-data; boundary=x"}


def problem(answer):
    assert set(answer.json()) == {"error"}
    error = answer.json()["error"]
    assert "\n" not in error["message"]
    assert "Traceback" not in answer.text
    return answer.status_code, error["kind"]


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (b"just some words", (415, "NotAPicture")),
        (b"", (415, "NotAPicture")),
        (picture_bytes()[:60], (415, "NotAPicture")),
        (picture_bytes(8), (422, "NoFaceFound")),
    ],
    ids=["text", "empty", "cut short", "no face"],
)
def test_pictures_that_cannot_be_read(client, picture, expected):
    for route in ("read", "restage"):
        assert problem(client.post(f"{API}/{route}", files={"picture": ("face.jpg", picture)})) == expected


@pytest.mark.parametrize("face", ["0", "-1", "two", "1001", "1.5", "²"])
def test_a_face_number_that_is_none(client, photo, face):
    assert problem(client.post(f"{API}/read", files=photo, data={"face": face})) == (422, "InputError")


@pytest.mark.parametrize(
    "request_",
    [
        {"data": {"picture": "words"}},
        {"json": {"picture": "words"}},
        {"files": {"photo": ("face.png", b"x")}},
        {"files": [("picture", ("a.png", b"x")), ("picture", ("b.png", b"y"))]},
        {"content": b"no boundary", "headers": {"content-type": "multipart/form-data"}},
        {"content": b"--x\r\nnonsense", "headers": FORM},
        {},
    ],
    ids=["no file", "json", "other name", "two files", "no boundary", "nonsense", "nothing"],
)
def test_forms_that_hold_no_picture(client, request_):
    status, _ = problem(client.post(f"{API}/read", **request_))
    assert status in {415, 422}


def test_a_body_that_is_too_large_is_refused_by_its_length_and_by_counting(client):
    def streamed():
        for _ in range(MAX_BODY // 2**20 + 2):
            yield b"0" * 2**20

    declared = {**FORM, "content-length": str(MAX_BODY + 1)}
    assert problem(client.post(f"{API}/read", content=b"0", headers=declared)) == (413, "TooLarge")
    assert problem(client.post(f"{API}/read", content=streamed(), headers=FORM)) == (413, "TooLarge")
    as_json = {"content-type": "application/json"}
    assert problem(client.post(f"{API}/search", content=streamed(), headers=as_json)) == (413, "TooLarge")


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("map", {"expression": {"coefficients": {}}, "to": "nobody"}, (404, "UnknownName")),
        ("map", {"expression": {"coefficients": {"smile": 1}}}, (404, "UnknownName")),
        ("map", {"expression": {"coefficients": {"jawOpen": 1.5}}}, (422, "BadRequest")),
        ("map", {"expression": {"coefficients": {}}, "to": " , "}, (422, "InputError")),
        ("map", {"expression": {"coefficients": {}}, "to": ",".join("abcdefghijklmnopq")}, (422, "InputError")),
        ("search", {"emotion": {"joy": 1}}, (404, "UnknownName")),
        ("search", {"txet": "misspelt"}, (422, "BadRequest")),
        ("search", {"limit": 100_000}, (422, "BadRequest")),
        ("search", {"text": "x" * 501}, (422, "BadRequest")),
        ("search", [], (422, "BadRequest")),
    ],
)
def test_requests_that_ask_for_what_is_not_there(client, path, body, expected):
    assert problem(client.post(f"{API}/{path}", json=body)) == expected


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"min_rating": NaN}', b'{"emotion": {"fear": Infinity}}'])
def test_bodies_that_are_no_json(client, body):
    answer = client.post(f"{API}/search", content=body, headers={"content-type": "application/json"})
    status, _ = problem(answer)
    assert status in {400, 422}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("characters/nobody/picture", (404, "UnknownName")),
        ("characters/mika/picture?size=99999", (422, "BadRequest")),
        ("characters/mika/picture?pose=abc", (422, "BadExpression")),
        ("characters/mika/picture?pose=%00%ff", (422, "BadExpression")),
        ("assets/nothing", (404, "UnknownName")),
        ("assets/nothing/read", (404, "UnknownName")),
        ("assets/..%2f..%2fetc%2fpasswd/picture", (404, "NotFound")),
        ("nothing/here", (404, "NotFound")),
    ],
)
def test_addresses_that_lead_nowhere(client, path, expected):
    assert problem(client.get(f"{API}/{path}")) == expected


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("PUT", f"assets/{ASSET.id}/rating", {"stars": 6}, (422, "BadRequest")),
        ("PUT", "assets/none/rating", {"stars": 3}, (404, "UnknownName")),
        ("PATCH", f"assets/{ASSET.id}", {}, (422, "InputError")),
        ("POST", "events", {"kind": "liked", "asset": ASSET.id}, (422, "BadRequest")),
        ("POST", "events", {"kind": "selected", "asset": "none"}, (404, "UnknownName")),
        ("POST", "search", {"context": {"weights": {"beauty": 1}}}, (404, "UnknownName")),
        ("POST", "search", {"context": {"weights": {"look": -1}}}, (422, "BadRequest")),
        ("GET", "assets/none/staged", None, (404, "UnknownName")),
        ("GET", f"assets/{ASSET.id}/staged?to=", None, (422, "InputError")),
    ],
)
def test_what_people_say_about_an_asset_is_checked(client, method, path, body, expected):
    assert problem(client.request(method, f"{API}/{path}", json=body)) == expected


def test_a_method_that_an_address_does_not_take(client):
    assert problem(client.get(f"{API}/search")) == (405, "NotAllowed")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (LibraryBusy("Another process writes."), (409, "LibraryBusy")),
        (ResourceMissing("Run mien setup."), (503, "ResourceMissing")),
        (NotALibrary("There is no library at /home/someone/secret."), (503, "NotALibrary")),
    ],
)
def test_trouble_of_the_service_itself(client, studio, error, expected):
    studio.fails = error
    answer = client.post(f"{API}/search", json={})
    assert problem(answer) == expected
    assert "/home" not in answer.text


def test_a_bug_is_logged_and_told_in_one_plain_sentence(client, studio, caplog):
    studio.fails = ZeroDivisionError("division of /etc/secret by zero")
    with caplog.at_level(logging.ERROR, logger="mien.server"):
        answer = client.post(f"{API}/search", json={})
    assert problem(answer) == (500, "Broken")
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "ZeroDivisionError" in caplog.text


def test_more_requests_than_can_wait_are_told_to_come_back():
    entered, go_on = threading.Semaphore(0), threading.Event()

    class Slow(FakeStudio):
        def asset(self, asset_id):
            entered.release()
            go_on.wait(10)
            return ASSET

    with client_of(Slow(), max_waiting=0) as client:
        statuses = []
        places = client.app.state.workers._at_once
        threads = [
            threading.Thread(target=lambda: statuses.append(client.get(f"{API}/assets/x").status_code))
            for _ in range(places)
        ]
        for thread in threads:
            thread.start()
        for _ in threads:
            assert entered.acquire(timeout=10)
        refused = client.get(f"{API}/assets/x")
        go_on.set()
        for thread in threads:
            thread.join()
    assert problem(refused) == (429, "TooBusy")
    assert refused.headers["retry-after"] == "1"
    assert statuses == [200] * places


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
FIELDS = ["text", "emotion", "expression", "like", "styles", "tags", "limit", "offset", "to", "min_rating", "variety"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=5), path=st.sampled_from(["map", "search"]))
def test_nothing_that_is_sent_breaks_the_service(client, body, path):
    import json

    content = json.dumps(body).encode("utf-8", "surrogatepass")
    answer = client.post(f"{API}/{path}", content=content, headers={"content-type": "application/json"})
    assert answer.status_code < 500
