"""Pictures that strangers hand us, written anew: what leaves here is made of pixels and of nothing else they sent
(contract/extensions.md §9). No comment, no EXIF, no colour profile, no second file behind the first. Pure.
"""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps

from apps.core.errors import told

MOST_BYTES = 524_288
MOST_PIXELS = 8_000_000  # 32 MB while it is read
LONGEST_SIDE = 4096
SIZE = (720, 160)  # pages and mails show it at 180 × 40 at most: four pixels for each of those
_SCANS = 100  # of a JPEG. Each costs a pass over the whole picture, and thousands fit into half a megabyte
_FORMATS = {"PNG": b"\x89PNG\r\n\x1a\n", "JPEG": b"\xff\xd8\xff", "WEBP": b"RIFF"}
_TOO_MANY = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class PictureRefused(ValueError):
    """Says why, in words fit for an error body."""


@dataclass(frozen=True, slots=True)
class Picture:
    content: bytes
    media_type: str
    width: int
    height: int


def written_anew(content: bytes) -> Picture:
    """A photograph becomes JPEG, all else PNG: mail programs show both, and few know WebP. Raises PictureRefused."""
    if len(content) > MOST_BYTES:
        raise PictureRefused(told("larger than %(kibibytes)s KiB", kibibytes=MOST_BYTES // 1024))
    kind = _kind(content)
    try:
        pixels = _read(content, kind)
    except PictureRefused:
        raise
    except _TOO_MANY:
        raise _too_large() from None
    except Exception:  # noqa: BLE001 - of what is broken on purpose a decoder raises anything at all
        raise PictureRefused("the picture is damaged") from None
    return _written(pixels)


def _kind(content: bytes) -> str:
    for kind, magic in _FORMATS.items():
        if content.startswith(magic) and (kind != "WEBP" or content[8:12] == b"WEBP"):
            return kind
    raise PictureRefused("must be a PNG, JPEG or WebP picture")


def _read(content: bytes, kind: str) -> Image.Image:
    """Its size is known from its head, before a pixel is read."""
    if kind == "JPEG" and content.count(b"\xff\xda") > _SCANS:
        raise PictureRefused("the picture is damaged")
    with Image.open(io.BytesIO(content), formats=[kind]) as image:
        width, height = image.size
        if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
            raise _too_large()
        if getattr(image, "is_animated", False):
            raise PictureRefused("must not be animated")
        image.load()
        upright = ImageOps.exif_transpose(image)
        mode = "RGBA" if upright.has_transparency_data and kind != "JPEG" else "RGB"
        pixels = upright.convert(mode)
    pixels.thumbnail(SIZE, Image.Resampling.LANCZOS)
    return Image.frombytes(mode, pixels.size, pixels.tobytes())


def _written(pixels: Image.Image) -> Picture:
    out = io.BytesIO()
    is_photograph = pixels.mode == "RGB" and pixels.getcolors(4096) is None
    if is_photograph:
        pixels.save(out, "JPEG", quality=90, optimize=True)
    else:
        pixels.save(out, "PNG", optimize=True)
    return Picture(out.getvalue(), "image/jpeg" if is_photograph else "image/png", *pixels.size)


def _too_large() -> PictureRefused:
    return PictureRefused(
        told("more than %(side)s pixels wide or high, or %(pixels)s in all", side=LONGEST_SIDE, pixels=MOST_PIXELS)
    )
