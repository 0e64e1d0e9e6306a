"""What a machine makes of the API's description: right requests, wrong ones, and sequences that follow its links.

Every check that there is, on each answer: no server error, nothing undocumented, no wrong request accepted, nothing found
after it was deleted. Made anew in the same way each time. GENERATED_EXAMPLES=200 looks longer (CONTRIBUTING.md).
"""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.db import DEFAULT_DB_ALIAS, connections
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.transport.wsgi import WSGITransport

from apps.api import description, event_source
from tests import ceremonies
from tests.world import World, build

# A schema cannot tell that a reference leads nowhere, a token was signed by us or a name is taken.
SENSIBLE = ["2xx", "3xx", "400", "403", "404", "409", "412", "422"]
# What somebody else changed meanwhile is not looked at any further.
REFUSED = ["400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "422"]
EXAMPLES = int(os.environ.get("GENERATED_EXAMPLES", "3"))
PHASES: dict[str, dict[str, Any]] = {
    "examples": {},
    "coverage": {"unexpected-methods": ["PUT", "TRACE"]},
    "fuzzing": {},
    # Along the document's own links: guessed ones lead from every tenant_id to everything. Creates should succeed.
    "stateful": {
        "max-steps": 10,
        "inference": {"algorithms": []},
        "generation": {"mode": "positive", "deterministic": False, "max-examples": 10 * EXAMPLES},
    },
}
PARTS = 8  # each operation by itself, so that not one test takes as long as a thousand others
EACH_BY_ITSELF, ONE_AFTER_ANOTHER = ("examples", "coverage", "fuzzing"), ("stateful",)
OPERATIONS = sorted(f"{each.method.upper()} {each.path}" for each in description.operations())
OF_NETWORKS = ("max_redirects", "verify", "cert", "timeout", "proxies")


class Application:
    """The product. Knows which connections its threads opened, for those outlive them and hold on to the database."""

    def __init__(self) -> None:
        self.answer, self.opened = WSGIHandler(), dict[int, Any]()
        self.own = connections[DEFAULT_DB_ALIAS]

    def __call__(self, environ: Any, start_response: Any) -> Any:
        connection = connections[DEFAULT_DB_ALIAS]
        self.opened[id(connection)] = connection
        return self.answer(environ, start_response)

    def close(self) -> None:
        self.opened.pop(id(self.own), None)
        for connection in self.opened.values():
            connection.inc_thread_sharing()
            connection.close()


@pytest.fixture
def application() -> Iterator[Application]:
    made = Application()
    yield made
    made.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("part", range(PARTS))
def test_no_generated_request_is_answered_by_an_error_or_by_what_is_not_described(
    patient: None, application: Application, part: int
) -> None:
    wanted = OPERATIONS[part::PARTS]
    found = schema_for(build(), application, EACH_BY_ITSELF).include(lambda ctx: ctx.operation.label in wanted)
    asked, tried = judged(found)
    assert set(wanted) <= tried
    assert asked["coverage"] > len(wanted)


@pytest.mark.django_db(transaction=True)
def test_nor_is_a_generated_sequence_of_requests(patient: None, application: Application) -> None:
    asked, _ = judged(schema_for(build(), application, ONE_AFTER_ANOTHER))
    assert asked["stateful"] > 20


@pytest.fixture
def patient(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # The tool's own slip: one of its checks hands on what only its transport over a network knows.
    send = WSGITransport.send

    def without(self: Any, case: Any, **given: Any) -> Any:
        return send(self, case, **{name: value for name, value in given.items() if name not in OF_NETWORKS})

    monkeypatch.setattr(WSGITransport, "send", without)
    settings.API_CLIENT_REQUESTS_PER_MINUTE = settings.API_TENANT_REQUESTS_PER_MINUTE = 0
    monkeypatch.setattr(event_source, "HELD_SECONDS", 0.0)
    # As in production: thousands of requests need not open a connection each.
    monkeypatch.setitem(connections.settings[DEFAULT_DB_ALIAS], "CONN_MAX_AGE", 3600)


def judged(found: Any) -> tuple[Counter[str], set[str]]:
    """How many requests each phase made, and of which operations."""
    asked, problems, tried = Counter[str](), Counter[str](), set()
    for event in from_schema(found).execute():
        if isinstance(event, events.ScenarioFinished):
            asked[event.phase.value] += len(event.recorder.interactions)
            tried.add(event.label)
            problems.update(failures(event))
        elif isinstance(event, events.NonFatalError | events.FatalError):
            problems[repr(event)[:2000]] += 1
    print(f"{asked.total()} requests: {dict(asked)}")
    assert not problems, "\n\n".join(f"{count} × {what}" for what, count in problems.most_common())
    return asked, tried


def schema_for(world: World, application: Application, phases: tuple[str, ...]) -> Any:
    ceremonies.give_passkey(world, world.bob)
    token = ceremonies.management_token(world.ctx, world.acme)
    config = SchemathesisConfig.from_dict(
        {
            "seed": 20_261_122,
            "workers": 1,
            "continue-on-failure": True,
            "headers": {"Authorization": f"Bearer {token}"},
            # A version that there is not: with the others it would name a thing, whatever the tool did to them before.
            "parameters": {"tenant_id": world.realm.tenant_id, "realm_id": world.realm.pk, "version": 2**31 - 1},
            "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none", "no-shrink": True},
            "phases": {name: {"enabled": name in phases, **PHASES[name]} for name in PHASES},
            "checks": {
                "positive_data_acceptance": {"expected-statuses": SENSIBLE},
                "negative_data_rejection": {"expected-statuses": REFUSED},
            },
        }
    )
    found = schemathesis.openapi.from_wsgi("/v1/openapi.json", application, config=config)
    return found.exclude(tag="SCIM")  # which passes over what it does not know (tests/faces/scim)


def failures(event: events.ScenarioFinished) -> Iterator[str]:
    for case_id, checks in event.recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                found = check.failure_info.failure
                answer = event.recorder.interactions[case_id].response
                said = answer.content[:400] if answer is not None else b""
                request = check.failure_info.code_sample[:900]
                yield f"{event.label}: {check.name}: {found.title}\n{found.message[:700]}\n{request}\n{said!r}"
