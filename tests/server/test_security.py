"""Who may call, from where, and what every answer carries."""

from __future__ import annotations

import tempfile

import pytest
from fake_studio import FakeStudio, client_of, picture_bytes

API = "/api/v1"


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:1", "localhost", "[::1]:8765"])
def test_it_answers_under_its_own_names(client, host):
    assert client.get(f"{API}/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "", "[::2]"])
def test_it_answers_under_no_other_name(client, host):
    answer = client.get(f"{API}/health", headers={"host": host})
    assert (answer.status_code, answer.json()["error"]["kind"]) == (421, "WrongHost")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_pages_of_other_sites_may_not_send(client, headers):
    answer = client.post(f"{API}/search", json={}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["kind"]) == (403, "WrongOrigin")


def test_its_own_page_and_programs_may_send(client):
    own = {"origin": "http://127.0.0.1:8765", "sec-fetch-site": "same-origin"}
    assert client.post(f"{API}/search", json={}, headers=own).status_code == 200
    assert client.post(f"{API}/search", json={}).status_code == 200


@pytest.mark.parametrize("path", [f"{API}/health", "/", "/nothing", f"{API}/assets/none", f"{API}/openapi.json"])
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "cache-control" in headers
    assert "server" not in headers


def test_with_a_token_nothing_is_told_without_it():
    client = client_of(FakeStudio(), hosts=None, token="open sesame")
    for path in ("/", f"{API}/health", f"{API}/openapi.json", "/assets/x.js"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["error"]["kind"]) == (401, "NoToken")
    for wrong in ("Bearer open", "Bearer ", "Basic open sesame", "open sesame"):
        assert client.get(f"{API}/health", headers={"authorization": wrong}).status_code == 401
    assert client.get("/?token=wrong").status_code == 401


def test_the_token_is_sent_by_programs_and_traded_for_a_cookie_by_browsers():
    client = client_of(FakeStudio(), hosts=None, token="open sesame")
    bearer = {"authorization": "Bearer open sesame", "host": "studio.example"}
    assert client.get(f"{API}/health", headers=bearer).status_code == 200
    traded = client.get("/?token=open%20sesame", follow_redirects=False)
    assert (traded.status_code, traded.headers["location"]) == (303, "/")
    cookie = traded.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert "sesame" not in cookie
    assert client.get(f"{API}/health").status_code == 200


def test_an_upload_stays_in_memory(client, monkeypatch):
    def touched(*_args, **_kwargs):
        raise AssertionError("an upload was written to the disk")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", touched)
    padded = picture_bytes() + b"\0" * (6 * 2**20)
    answer = client.post(f"{API}/read", files={"picture": ("face.png", padded)})
    assert answer.status_code == 200


def test_the_page_is_served_and_nothing_beside_it(client):
    for path in ("/../pyproject.toml", "/%2e%2e/%2e%2e/pyproject.toml", "/..%2fapp.py"):
        assert client.get(path).status_code in {404, 405}
