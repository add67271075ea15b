"""Several processes on one library: killed writers, readers beside a writer, two writers."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from takes import items

from mien.core.expression import Expression
from mien.errors import LibraryBusy
from mien.library import Event, Library


def start_writer(path, start):
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("writer.py")), str(path), str(start)],
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("kills", [7, pytest.param(120, marks=pytest.mark.slow)])
def test_a_writer_killed_at_any_moment_loses_nothing_that_it_acknowledged(tmp_path, kills):
    path = tmp_path / "library"
    rng = random.Random(20)
    safe = set()
    for attempt in range(kills):
        writer = start_writer(path, 10_000 * attempt)
        heard = ""
        if attempt:
            # By what it has done, not by the clock: a busy machine must not make this an easier test.
            heard = "".join(writer.stdout.readline() for _ in range(rng.randint(1, 25)))
            time.sleep(rng.uniform(0.0, 0.1))
        else:
            # The first one is killed while it starts and makes the library, or soon after.
            time.sleep(rng.uniform(0.4, 0.9))
        writer.send_signal(signal.SIGKILL)
        said, _ = writer.communicate()
        # A line cut short by the kill was not said.
        safe |= {line for line in (heard + said).split("\n")[:-1] if len(line) == 32}
        if not Library.exists(path):
            continue
        with Library.open(path) as library:
            report = library.check(deep=True)
            assert report.findings == ()
            there = {asset.id for asset in library}
            assert safe <= there
            assert len(library.snapshot()) == len(there) == report.assets
            for asset_id in rng.sample(sorted(safe), min(len(safe), 200)):
                assert library.picture(asset_id)
    assert len(safe) > 20
    with Library.open(path) as library:
        assert library.check(repair=True).is_sound
        assert library.check().leftovers == ()
        library.add_many(items(10, start=900_000))
        vector = library.vectors([next(iter(safe))])[0]
        shot, at, _ = library.nearest(vector, 1)
        assert shot.ids[at[0]].decode() in safe


def test_readers_see_whole_assets_while_one_writes_and_log_what_users_do(tmp_path):
    path = tmp_path / "library"
    with Library.create(path) as reader:
        writer = start_writer(path, 0)
        try:
            writer.stdout.readline()
            seen, deadline = 0, time.monotonic() + 20
            while seen < 60 and time.monotonic() < deadline:
                shot = reader.snapshot()
                assert len(shot) >= seen - 1  # one at a time is deleted again
                seen = max(seen, len(shot))
                if len(shot):
                    ids = [i.decode() for i in shot.ids[-8:]]
                    for asset in reader.assets(ids):
                        assert isinstance(asset.expression, Expression)
                    found = reader.nearest(reader.vectors(ids[:1])[0], 3)[1]
                    assert len(found)
                # What users do is logged although somebody else is writing.
                reader.log(Event("viewed", "x", user="ann", value=2.0))
            assert seen >= 60
        finally:
            writer.kill()
            writer.communicate()
        assert reader.events(user="ann")


def test_two_writers(tmp_path):
    path = tmp_path / "library"
    with Library.create(path) as one, Library.open(path) as two:

        def slow():
            yield from items(3)
            with pytest.raises(LibraryBusy, match=str(os.getpid())):
                two.add_many(items(3, start=50))
            yield from items(3, start=3)

        assert one.add_many(slow(), batch=2).added == 6
        assert two.add_many(items(3, start=50)).added == 3
        assert len(one.snapshot()) == 9
