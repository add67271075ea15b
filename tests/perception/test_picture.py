"""Whatever a person drops in: decoded upright and right, or refused in one sentence."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from mien.errors import NotAPicture
from mien.perception import load_picture
from mien.perception.picture import MAX_SIDE


@pytest.fixture(scope="module")
def scene():
    """A picture that is different in every corner: red, green, blue and white on dark grey."""
    scene = np.full((60, 90, 3), 40, dtype=np.uint8)
    scene[:20, :30], scene[:20, 60:] = (200, 30, 30), (30, 200, 30)
    scene[40:, :30], scene[40:, 60:] = (30, 30, 200), (230, 230, 230)
    return scene


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", len(head))
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
        + b"\0\0\0\0IDAT"
    )


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF"])
def test_common_formats_come_out_as_they_are(scene, kind):
    assert np.abs(load_picture(encoded(Image.fromarray(scene), kind)).astype(int) - scene).max() <= 2


def test_a_file_reads_like_its_bytes(scene, tmp_path):
    file = tmp_path / "scene.png"
    Image.fromarray(scene).save(file)
    assert np.array_equal(load_picture(file), scene)


@pytest.mark.parametrize(("orientation", "turns", "flip"), [(1, 0, 0), (2, 0, 1), (3, 2, 0), (6, -1, 0), (8, 1, 0)])
def test_exif_rotation_is_applied(scene, orientation, turns, flip):
    upright = np.rot90(scene, turns)
    upright = upright[:, ::-1] if flip else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    loaded = load_picture(encoded(Image.fromarray(scene), "PNG", exif=exif))
    assert np.array_equal(loaded, upright)


def test_grey_becomes_three_equal_channels(scene):
    grey = Image.fromarray(scene).convert("L")
    loaded = load_picture(encoded(grey, "PNG"))
    assert loaded.shape == scene.shape
    assert np.array_equal(loaded[..., 0], np.asarray(grey))
    assert np.array_equal(loaded[..., 0], loaded[..., 2])


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_and_not_clipped(kind):
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    loaded = load_picture(encoded(Image.fromarray(ramp), kind))
    assert np.abs(loaded[..., 0].ravel().astype(int) - np.arange(256)).max() <= 1


def test_transparent_pixels_show_light_grey_and_edges_blend(scene):
    alpha = np.full(scene.shape[:2], 255, np.uint8)
    alpha[:, 30:60], alpha[:, 60:] = 0, 128
    loaded = load_picture(encoded(Image.fromarray(np.dstack([scene, alpha])), "PNG"))
    assert np.array_equal(loaded[:, :30], scene[:, :30])
    assert (loaded[:, 30:60] == 190).all()
    assert np.abs(loaded[50, 80].astype(int) - 210).max() <= 2


def test_palettes_with_transparency_and_cmyk_are_read(scene):
    palette = Image.fromarray(scene).quantize(8)
    loaded = load_picture(encoded(palette, "PNG", transparency=0))
    assert loaded.shape == scene.shape
    cmyk = load_picture(encoded(Image.fromarray(scene).convert("CMYK"), "JPEG", quality=95))
    assert np.abs(cmyk.astype(int) - scene).mean() < 6


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_the_first_frame_of_an_animation_is_taken(scene, kind):
    frames = [Image.fromarray(scene), Image.fromarray(255 - scene)]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, **options)
    assert np.abs(load_picture(data).astype(int) - scene).mean() < 3


def test_large_photos_are_reduced(scene):
    large = Image.fromarray(scene).resize((9000, 6000), Image.Resampling.NEAREST)
    loaded = load_picture(encoded(large, "JPEG", quality=60))
    assert max(loaded.shape) <= MAX_SIDE
    assert loaded.shape[1] / loaded.shape[0] == pytest.approx(1.5, abs=0.01)
    assert np.abs(loaded[10, 10].astype(int) - scene[0, 0]).max() < 12


def test_what_is_no_picture_is_refused_in_one_sentence(tmp_path, scene):
    text = tmp_path / "notes.jpg"
    text.write_text("This is not a picture.")
    jpeg = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8)), "JPEG")
    png = encoded(Image.fromarray(scene), "PNG")
    cases = [
        (text, "notes.jpg is no picture. Use a JPEG"),
        (b"", "is no picture"),
        (jpeg[: len(jpeg) // 2], "damaged or cut short"),
        (jpeg[:30], "is no picture|damaged or cut short"),
        (png[: len(png) // 2], "damaged or cut short"),
        (png_header(30_000, 30_000), "too many pixels. Reduce it below 120 megapixels"),
        (png_header(12_000, 11_000), "12000 x 11000 pixels. Reduce it below 120 megapixels"),
        (tmp_path / "absent.jpg", "There is no file .*absent.jpg"),
        (tmp_path, "is a folder"),
    ]
    for source, sentence in cases:
        with pytest.raises(NotAPicture, match=sentence) as caught:
            load_picture(source)
        assert "\n" not in str(caught.value)
