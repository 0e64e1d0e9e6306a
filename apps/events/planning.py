"""How PostgreSQL is to find what is asked of the record."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

# Left to itself the planner believes that an unusual range of ids holds one row, or that a type which is on no row is on
# every eighth, and reads hundreds of thousands of rows to sort what it finds. Every walk has its index, in its own order;
# that is over in less time than compiling it takes.
_ALONG_INDEXES = ("enable_sort", "enable_seqscan", "enable_bitmapscan", "jit")
_SET = ", ".join(f"set_config('{name}', %s, true)" for name in _ALONG_INDEXES)


class _State(threading.local):
    is_along_indexes = False


_state = _State()


@contextmanager
def along_indexes() -> Iterator[None]:
    """Whatever is asked inside is planned for its own values and goes along an index, from PostgreSQL. One inside another
    changes nothing: who asks the record several things asks for this once."""
    if connection.vendor != "postgresql" or _state.is_along_indexes:
        yield
        return
    is_inner = connection.in_atomic_block
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        raw = connection.connection
        before, raw.prepare_threshold = raw.prepare_threshold, None
        cursor.execute(f"SELECT {_SET}", ["off"] * len(_ALONG_INDEXES))
        _state.is_along_indexes = True
        try:
            yield
            if is_inner:
                cursor.execute(f"SELECT {_SET}", ["on"] * len(_ALONG_INDEXES))
        finally:
            _state.is_along_indexes = False
            raw.prepare_threshold = before
