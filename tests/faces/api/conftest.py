from typing import Any

import pytest
from django.test import Client
from django.test.client import FakePayload

from tests import ceremonies
from tests.faces.api import agreement
from tests.faces.api.caller import Caller
from tests.world import World


@pytest.fixture
def api(world: World, client: Client) -> Caller:
    """Acme's Management API application, with every scope, at the realm where Bob is."""
    return Caller(client, ceremonies.management_token(world.ctx, world.acme), world.realm)


@pytest.fixture(autouse=True)
def _as_described(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test asks of the API, the answer is one that the API's description tells of."""
    ask = Client.request

    def request(self: Client, **environ: Any) -> Any:
        sent = environ["wsgi.input"].read() if "wsgi.input" in environ else b""
        response = ask(self, **{**environ, "wsgi.input": FakePayload(sent)})
        agreement.check(environ["REQUEST_METHOD"], environ["PATH_INFO"], sent, response)
        return response

    monkeypatch.setattr(Client, "request", request)
