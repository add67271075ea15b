"""Listening: where it may, when it is ready, and how it says that it cannot."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from fake_studio import FakeStudio

from mien.errors import AddressInUse, InputError
from mien.server import serve

PROGRAM = """
from mien.server import serve
from fake_studio import FakeStudio
serve(FakeStudio(), port=0, ready=lambda address: print(address, flush=True))
"""


def test_it_answers_when_it_says_so_and_stops_when_asked():
    here = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=here
    )
    try:
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(f"{address}api/v1/health", timeout=10) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=15)
        assert out == ""
    finally:
        process.kill()
        process.wait()


def test_a_port_in_use_is_said_in_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AddressInUse, match=rf"^Port {port} is in use\. Choose another with --port"):
            serve(FakeStudio(), port=port)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5"])
def test_others_may_reach_it_only_with_a_token(host, monkeypatch):
    monkeypatch.delenv("MIEN_TOKEN", raising=False)
    with pytest.raises(InputError, match="--token or MIEN_TOKEN"):
        serve(FakeStudio(), host=host, port=0)


def test_an_address_that_this_machine_does_not_have():
    with pytest.raises(InputError, match=r"Cannot listen on 203\.0\.113\.7"):
        serve(FakeStudio(), host="203.0.113.7", port=0, token="x")
