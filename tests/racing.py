"""Many at once against one database: threads with connections of their own that start together."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from apps.core.errors import Refusal
from tests.waiting import PATIENCE_SECONDS


@dataclass
class Finish:
    """What came of a race: the winners' results, the losers' refusals, and whatever nobody should ever raise."""

    won: list[Any] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    broke: list[BaseException] = field(default_factory=list)


def race(*runners: Callable[[], Any], times: int = 1) -> Finish:
    """Runs each of `runners` `times` over, all from one starting line."""
    field_of = [runner for runner in runners for _ in range(times)]
    line, finish = threading.Barrier(len(field_of)), Finish()
    connection.close()

    def run(runner: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            line.wait(PATIENCE_SECONDS)
            finish.won.append(runner())
        except Refusal as refusal:
            finish.refused.append(refusal)
        except BaseException as problem:  # noqa: BLE001 - the test shows it; a thread would swallow it
            finish.broke.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(runner,)) for runner in field_of]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert not any(thread.is_alive() for thread in threads), "a runner never arrived"
    assert not finish.broke, finish.broke
    return finish
