from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from mien.core.asset import Asset
from mien.core.expression import Expression, mirror, scale
from mien.core.looks import looks
from mien.core.sampling import sample
from mien.core.style import bound, built_in_styles
from mien.core.words import describe
from mien.library import Library
from mien.retrieval import Embedder, Search


def picture(number):
    """A tiny PNG, another one for each number."""
    buffer = BytesIO()
    Image.new("RGB", (4, 4), (number % 256, number // 256 % 256, 3)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="session")
def acted(weights, tmp_path_factory):
    """Two characters of each style, each with every look, its mirror, weaker, and 40 drawn at random."""
    rng = np.random.default_rng(3)
    full = list(looks().items())
    takes = [*full, *((n, mirror(e)) for n, e in full), *((n, scale(e, 0.55)) for n, e in full if n != "neutral")]
    assets = []
    for style in built_in_styles().values():
        for number in range(2):
            drawn = [sample(rng) for _ in range(40)]
            own = [*takes, *((d.sources[0] if d.recipe == "prototype" else "", d.expression) for d in drawn)]
            for name, expression in own:
                shown = Expression(
                    bound(expression.coefficients, style), head=expression.head, emotion=expression.emotion
                )
                assets.append(
                    Asset(
                        "",
                        shown,
                        character=f"{style.id}{number}",
                        style=style.id,
                        text=describe(expression),
                        tags=tuple(t for t in (name, expression.emotion.top) if t),
                        production="Harbour" if number else "Night Bus",
                        frame=len(assets),
                    )
                )
    path = tmp_path_factory.mktemp("acted") / "library"
    with Library.create(path) as library:
        vectors = Embedder().assets(assets)
        library.add_many((a, picture(i), v) for i, (a, v) in enumerate(zip(assets, vectors, strict=True)))
    return path


@pytest.fixture(scope="module")
def search(acted):
    with Library.open(acted) as library:
        yield Search(library)
