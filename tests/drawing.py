"""Pictures as somebody may upload them."""

import hashlib
import io
from typing import Any

from PIL import Image


def drawn(of: str = "", kind: str = "PNG", size: tuple[int, int] = (64, 32), mode: str = "RGB", **saved: Any) -> bytes:
    """One colour, which depends on `of`: the same word draws the same picture. `saved` goes to the encoder."""
    channels = hashlib.sha256(of.encode()).digest()[: len(Image.new(mode, (1, 1)).getbands())]
    out = io.BytesIO()
    Image.new(mode, size, tuple(channels) if len(channels) > 1 else channels[0]).save(out, kind, **saved)
    return out.getvalue()


def noisy(size: tuple[int, int] = (256, 256), kind: str = "JPEG", **saved: Any) -> bytes:
    """A photograph, as far as an encoder can tell: no two pixels alike."""
    out = io.BytesIO()
    Image.merge("RGB", [Image.effect_noise(size, 90) for _ in "RGB"]).save(out, kind, **saved)
    return out.getvalue()
