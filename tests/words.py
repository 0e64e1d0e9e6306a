"""What a page says, without what was drawn by lot: among so many random letters there is any word of four now and then."""

import re
from typing import Any

_DRAWN = re.compile(r"[\w+/=-]{22,}")  # tokens against forgery, nonces, digests


def words_of(page: Any) -> str:
    """Of an answer, or of its text."""
    return _DRAWN.sub("…", page if isinstance(page, str) else page.getvalue().decode())
