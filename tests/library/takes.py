"""Assets to fill libraries with: drawn at random, with tiny pictures; the same for the same arguments."""

from io import BytesIO

import numpy as np
from PIL import Image

from mien.core.asset import EMBEDDING_SIZE, Asset
from mien.core.sampling import sample


def picture(number, size=(8, 6)):
    """A tiny PNG, another one for each number."""
    buffer = BytesIO()
    Image.new("RGB", size, (number % 256, number // 256 % 256, number // 65536)).save(buffer, "PNG")
    return buffer.getvalue()


def items(count, *, start=0, seed=0, **fields):
    """Assets with pictures and vectors; same arguments, same items."""
    rng = np.random.default_rng([seed, start])
    vectors = rng.normal(size=(count, EMBEDDING_SIZE)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    out = []
    for i in range(start, start + count):
        kind = ("realistic", "cartoon", "anime", "stylized3d")[i % 4]
        asset = Asset(
            "",
            sample(rng).expression,
            character=f"{kind}{i % 3}",
            style=kind,
            tags=(f"t{i % 7}", "all"),
            text=f"take {i}",
            production="Show" if i % 2 else "Other",
            frame=i,
            source=f"takes/{i}",
            rating=None if i % 5 else float(i % 6),
        )
        asset = Asset.from_dict({**asset.to_dict(), **fields}) if fields else asset
        out.append((asset, picture(i), vectors[i - start]))
    return out
