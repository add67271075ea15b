"""A process that adds assets until it is killed, and says which ones it was told are safe."""

import sys
from pathlib import Path

from takes import items

from mien.library import Library


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    path, start = Path(sys.argv[1]), int(sys.argv[2])
    library = Library.open(path) if Library.exists(path) else Library.create(path)
    say("open")
    for step in range(10_000):
        batch = items(6, start=start + 6 * step)
        for asset_id in library.add_many(batch).ids:
            say(asset_id)
        if step % 4 == 3:
            library.flush()
        if step % 7 == 6:
            victim = library.add_many(items(1, start=start + 500_000 + step)).ids
            library.delete(victim)
