"""One client that asks too often waits; the others, and whoever works at a human pace, never notice."""

from __future__ import annotations

import pytest
from fake_studio import FakeStudio, client_of
from hypothesis import given
from hypothesis import strategies as st
from test_refusals import problem

from mien.errors import InputError
from mien.server import serve
from mien.server.answers import Refused
from mien.server.quota import BURST_S, RATE, Quota

HEALTH = "/api/v1/health"


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def granted(quota, client, count):
    out = 0
    for _ in range(count):
        try:
            quota.take(client)
            out += 1
        except Refused:
            pass
    return out


def test_past_the_quota_a_client_is_told_when_to_come_back_and_others_are_not():
    clock = Clock()
    client = client_of(FakeStudio(), quota=Quota(0.5, clock=clock))
    assert [client.get(HEALTH).status_code for _ in range(6)] == [200] * 5 + [429]
    refused = client.get(HEALTH)
    assert problem(refused) == (429, "TooOften")
    assert refused.headers["retry-after"] == "2"
    assert "0.5 requests a second" in refused.json()["error"]["message"]
    assert "Wait 2 seconds" in refused.json()["error"]["message"]
    # The files of the page are nobody's quota.
    assert client.get("/icon.svg").status_code != 429
    clock.now += 2
    assert client.get(HEALTH).status_code == 200
    assert client.get(HEALTH).status_code == 429


def test_guessing_the_token_is_counted():
    client = client_of(FakeStudio(), token="right", quota=Quota(0.1, clock=Clock()))
    assert client.get("/?token=wrong").status_code == 401
    assert client.get("/?token=right").status_code == 429


def test_clients_are_told_apart_by_address_and_ipv6_by_network():
    quota = Quota(0.1, clock=Clock())
    assert granted(quota, "192.0.2.1", 3) == 1
    assert granted(quota, "192.0.2.2", 3) == 1
    assert granted(quota, "::ffff:192.0.2.1", 1) == 0
    assert granted(quota, "2001:db8::1", 1) == 1
    assert granted(quota, "2001:db8::2", 1) == 0
    assert granted(quota, "2001:db8:0:1::1", 1) == 1


def test_a_camera_and_a_page_that_is_opened_stay_below_the_usual_quota():
    clock = Clock()
    quota = Quota(RATE, clock=clock)
    assert granted(quota, "a", 300) == 300
    for _ in range(20 * 60):
        clock.now += 1 / 30
        quota.take("a")


def test_only_so_many_clients_are_remembered():
    quota = Quota(1.0, clock=Clock())
    for i in range(10_000):
        quota.take(f"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}")
    assert len(quota._left) <= 4096


@given(
    rate=st.floats(0.1, 100),
    pauses=st.lists(st.floats(0, 5), min_size=1, max_size=200),
)
def test_no_client_gets_more_than_its_rate_and_one_burst(rate, pauses):
    clock = Clock()
    quota = Quota(rate, clock=clock)
    got = 0
    for pause in pauses:
        clock.now += pause
        got += granted(quota, "a", 3)
    assert got <= rate * (sum(pauses) + BURST_S) + 1 + 1e-6


@pytest.mark.parametrize("rate", [-1.0, float("nan"), float("inf")])
def test_a_rate_that_makes_no_sense(rate):
    with pytest.raises(InputError, match="requests a second"):
        serve(FakeStudio(), port=0, rate=rate)
