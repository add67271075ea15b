"""Any picture file as upright RGB: EXIF rotation, grey, transparency, palettes, CMYK, 16 bits, animations, sizes."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from mien.core.arrays import Rgb
from mien.errors import NotAPicture

MAX_PIXELS: Final = 120_000_000
"""Pictures with more pixels are refused from their header; 100-megapixel cameras pass."""

MAX_SIDE: Final = 4096
"""Longer pictures are reduced to this: no camera needs more to show a face."""

BACKGROUND: Final = (190, 190, 190)
"""What shows through transparent pixels: light grey, against which both dark and light hair stand out."""

_warning_lock = Lock()


def load_picture(source: Path | bytes) -> Rgb:
    """Decode a picture: uint8 (height, width, 3), sRGB, upright, at most `MAX_SIDE` pixels a side.

    source: a file, or its bytes. Of an animation the first frame is taken.

    Raises `NotAPicture` with one sentence when there is no such file, when it is no picture, cut short, or too large.
    """
    image = _decoded(source)
    if image.has_transparency_data:
        flat = Image.new("RGB", image.size, BACKGROUND)
        cut_out = image.convert("RGBA")
        flat.paste(cut_out, mask=cut_out.getchannel("A"))
        image = flat
    return np.ascontiguousarray(np.asarray(image.convert("RGB"), dtype=np.uint8))


def load_layers(source: Path | bytes) -> tuple[Rgb, NDArray[np.uint8] | None]:
    """The same without anything behind it: colours uint8 (height, width, 3), and opacity uint8 (height, width) where
    the picture has one.
    """
    image = _decoded(source)
    if not image.has_transparency_data:
        return np.ascontiguousarray(np.asarray(image.convert("RGB"), dtype=np.uint8)), None
    layers = np.asarray(image.convert("RGBA"), dtype=np.uint8)
    return np.ascontiguousarray(layers[..., :3]), np.ascontiguousarray(layers[..., 3])


def _decoded(source: Path | bytes) -> Image.Image:
    """Upright, at most `MAX_SIDE` a side, 8 bits a channel."""
    name = source.name if isinstance(source, Path) else "The upload"
    place = str(source) if isinstance(source, Path) else name
    try:
        with _open(source) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise NotAPicture(_too_large(name, width, height))
            # JPEG can be decoded at an eighth to a half of its size, which saves the memory of the rest.
            image.draft("RGB", (MAX_SIDE, MAX_SIDE))
            image.load()
            return _upright(image)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotAPicture(f"There is no file {place}. Check the path.") from error
    except IsADirectoryError as error:
        raise NotAPicture(f"{place} is a folder. Name one picture in it.") from error
    except PermissionError as error:
        raise NotAPicture(f"{place} may not be read. Check its permissions.") from error
    except Image.DecompressionBombError as error:
        raise NotAPicture(f"{name} has too many pixels. Reduce it below {MAX_PIXELS // 10**6} megapixels.") from error
    except UnidentifiedImageError as error:
        # Pillow gives up on a PNG that ends after its header; what the header claims is still worth saying.
        width, height = _png_size(source)
        if width * height > MAX_PIXELS:
            raise NotAPicture(_too_large(name, width, height)) from error
        raise NotAPicture(f"{name} is no picture. Use a JPEG, PNG, WebP, GIF, BMP or TIFF file.") from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError) as error:
        # Pillow's decoders raise any of these on damaged files.
        raise NotAPicture(f"{name} is damaged or cut short. Export or download it again.") from error
    except MemoryError as error:
        raise NotAPicture(f"{name} does not fit into memory. Reduce it first.") from error


def _open(source: Path | bytes) -> Image.Image:
    # Pillow warns from 89 megapixels on; our own bound decides, and a library does not print warnings.
    with _warning_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(io.BytesIO(source) if isinstance(source, bytes) else source)


def _png_size(source: Path | bytes) -> tuple[int, int]:
    """Width and height that the header of a PNG states; 0, 0 for anything else."""
    if isinstance(source, bytes):
        start = source[:24]
    else:
        with source.open("rb") as file:
            start = file.read(24)
    if len(start) < 24 or not start.startswith(b"\x89PNG\r\n\x1a\n"):
        return 0, 0
    return int.from_bytes(start[16:20], "big"), int.from_bytes(start[20:24], "big")


def _too_large(name: str, width: int, height: int) -> str:
    return f"{name} is {width} x {height} pixels. Reduce it below {MAX_PIXELS // 10**6} megapixels."


def _upright(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        image = _eight_bits(image)
    if max(image.size) > MAX_SIDE:
        if image.mode == "P":
            image = image.convert("RGBA")
        image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
    image = ImageOps.exif_transpose(image)
    image.load()
    return image


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 or 32 bits or floats, scaled and not clipped to 8 bits. Keeps the EXIF orientation."""
    values = np.asarray(image, dtype=np.float32)
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    highest = float(values.max(initial=0.0))
    if image.mode == "F" and highest <= 1.0:
        full = 1.0
    elif highest <= 65535.0:
        full = 65535.0 if highest > 255.0 or image.mode.startswith("I;16") else 255.0
    else:
        full = highest
    grey = Image.fromarray(np.clip(values * (255.0 / full) + 0.5, 0, 255).astype(np.uint8))
    grey.info.update({key: value for key, value in image.info.items() if key == "exif"})
    return grey
