"""A relying party's back-channel logout endpoint: a real HTTP server on loopback that keeps what it is sent."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from django.test import Client as Browser
from jwcrypto.jwk import JWKSet
from jwcrypto.jwt import JWT

from apps.applications.models import Application
from tests.waiting import PATIENCE_SECONDS, until

EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass
class RelyingParty:
    """`answer` is the status it gives, as soon as `awake` is set, which it is until somebody clears it."""

    url: str = ""
    answer: int = 200
    awake: threading.Event = field(default_factory=threading.Event)
    bodies: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    @property
    def tokens(self) -> list[str]:
        return [parse_qs(body)["logout_token"][0] for body in self.bodies]

    def wait_for(self, count: int) -> list[str]:
        until(lambda: len(self.bodies) >= count)
        return self.tokens


@contextmanager
def listening() -> Iterator[RelyingParty]:
    party = RelyingParty()
    party.awake.set()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            party.awake.wait(PATIENCE_SECONDS)
            party.kinds.append(self.headers["Content-Type"])
            party.bodies.append(body)
            self.send_response(party.answer)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    party.url = f"http://127.0.0.1:{server.server_port}/back-channel"
    try:
        yield party
    finally:
        party.awake.set()
        server.shutdown()
        server.server_close()


def verified(token: str, application: Application) -> dict[str, Any]:
    """As Back-Channel Logout §2.6 wants it, by a library that is not the product's, with the keys that the issuer shows."""
    found = Browser().get(f"/v1/{application.path}/.well-known/openid-configuration").json()
    keys = JWKSet.from_json(Browser().get(f"/v1/{application.path}/.well-known/jwks.json").content)
    read = JWT(jwt=token, key=keys, algs=found["id_token_signing_alg_values_supported"], expected_type="JWS")
    header, claims = json.loads(read.header), json.loads(read.claims)
    assert header["typ"] == "logout+jwt"
    assert (claims["iss"], claims["aud"]) == (found["issuer"], application.client_id)
    assert 0 < claims["exp"] - claims["iat"] <= 120
    assert abs(claims["iat"] - time.time()) < 60
    assert claims["jti"]
    assert claims["events"] == {EVENT: {}}
    assert "nonce" not in claims
    assert claims.get("sub") or claims.get("sid")
    return claims
