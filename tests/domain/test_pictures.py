"""What is uploaded as a picture leaves as pixels, or not at all (contract/extensions.md §9)."""

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import Base
from PIL.PngImagePlugin import PngInfo

from apps.realms.pictures import MOST_BYTES, SIZE, PictureRefused, written_anew
from tests.drawing import drawn, noisy

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
MARK = b"<script>alert(document.domain)</script>"


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of(width: int, height: int, rows: bytes) -> bytes:
    """Grey pixels, as the head says, whatever the rows hold."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_becomes_png_as_large_as_pages_need(kind: str) -> None:
    picture = written_anew(drawn("logo", kind, (1600, 400)))
    shown = opened(picture.content)
    assert (shown.format, shown.size) == ("PNG", (640, 160)) == ("PNG", (picture.width, picture.height))
    assert picture.media_type == "image/png"


def test_a_small_one_keeps_its_size_and_what_shines_through_stays() -> None:
    shown = opened(written_anew(drawn("glass", "WEBP", (20, 10), "RGBA", lossless=True)).content)
    assert (shown.size, shown.mode) == ((20, 10), "RGBA")
    assert shown.getpixel((3, 3)) == opened(drawn("glass", size=(20, 10), mode="RGBA")).getpixel((3, 3))


def test_a_photograph_stays_jpeg() -> None:
    picture = written_anew(noisy((900, 200)))
    assert (picture.media_type, opened(picture.content).format) == ("image/jpeg", "JPEG")
    assert picture.width <= SIZE[0]
    assert len(picture.content) < MOST_BYTES


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_nothing_but_pixels_comes_through(kind: str) -> None:
    exif = Image.Exif()
    exif[Base.Artist] = "Ada at home"
    said = PngInfo()
    said.add_text("Comment", MARK.decode())
    beside = {"PNG": {"pnginfo": said}, "JPEG": {"comment": MARK}, "WEBP": {"xmp": MARK}}[kind]
    given = drawn("x", kind, exif=exif, icc_profile=b"profile" + MARK, **beside) + b"PK\x03\x04" + MARK
    assert MARK in given
    assert b"Ada at home" in given
    written = written_anew(given).content
    assert MARK not in written
    assert b"Ada at home" not in written
    assert not {"exif", "icc_profile", "xmp", "comment", "Comment"} & set(opened(written).info)


def test_a_picture_that_was_held_upright_stands_upright() -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    assert opened(written_anew(drawn("tall", "JPEG", (64, 32), exif=exif)).content).size == (32, 64)


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def many_scans() -> bytes:
    """A progressive JPEG that says its last scan over and over: small to send, long to read."""
    given = noisy((64, 64), progressive=True)
    last = given.rindex(b"\xff\xda")
    return given[:last] + given[last:-2] * 200 + given[-2:]


BOMB = png_of(60_000, 60_000, b"\0" * 400_000)
REFUSED = {
    "nothing": (b"", "must be a PNG, JPEG or WebP picture"),
    "an SVG": (SVG, "must be a PNG, JPEG or WebP picture"),
    "an SVG that calls itself otherwise": (b"<!--\x89PNG-->" + SVG, "must be a PNG, JPEG or WebP picture"),
    "a GIF": (drawn("x", "GIF"), "must be a PNG, JPEG or WebP picture"),
    "a TIFF": (drawn("x", "TIFF"), "must be a PNG, JPEG or WebP picture"),
    "a page": (b"<!doctype html>" + MARK, "must be a PNG, JPEG or WebP picture"),
    "a sound": (b"RIFF\x24\0\0\0WAVEfmt ", "must be a PNG, JPEG or WebP picture"),
    "a PNG by its first bytes alone": (b"\x89PNG\r\n\x1a\n" + MARK, "the picture is damaged"),
    "half a PNG": (noisy((64, 64), "PNG")[:3000], "the picture is damaged"),
    "half a JPEG": (noisy((64, 64))[:900], "the picture is damaged"),
    "fewer rows than it says": (png_of(2000, 2000, b"\0" * 100), "the picture is damaged"),
    "too many bytes": (drawn("x") + b"\0" * MOST_BYTES, "larger than 512 KiB"),
    "a bomb": (BOMB, "more than 4096 pixels wide or high, or 8000000 in all"),
    "many pixels": (drawn("x", size=(4000, 2001)), "more than 4096 pixels wide or high, or 8000000 in all"),
    "a long line": (drawn("x", size=(4097, 1)), "more than 4096 pixels wide or high, or 8000000 in all"),
    "a moving PNG": (animated("PNG"), "must not be animated"),
    "a moving WebP": (animated("WEBP"), "must not be animated"),
    "a JPEG of too many scans": (many_scans(), "the picture is damaged"),
}


@pytest.mark.parametrize("given", REFUSED)
def test_what_is_no_honest_picture_is_refused(given: str) -> None:
    content, why = REFUSED[given]
    with pytest.raises(PictureRefused) as refused:
        written_anew(content)
    assert str(refused.value.args[0]) == why


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damage_anywhere_is_refused_or_survived(data: st.DataObject) -> None:
    content = bytearray(drawn("x", data.draw(st.sampled_from(["PNG", "JPEG", "WEBP"])), (16, 16)))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert opened(written_anew(bytes(content)).content).format in ("PNG", "JPEG")
    except PictureRefused:
        pass
