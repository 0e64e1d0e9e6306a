"""An OpenID provider on loopback, by libraries that are not the product's, which tells the truth or lies in one point."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

from jwcrypto.jwa import JWA
from jwcrypto.jwk import JWK

CLIENT_ID, CLIENT_SECRET = "ic:shop", "s3cret/+ =%"
PERSON = {"sub": "b-4711", "email": "bob@acme.test", "email_verified": True, "name": "Bob Baker"}


@dataclass
class Provider:
    """`person` is who signs in there. `claims`, `header` and `metadata` are laid over the truth, null takes away; `raw`
    replaces an answer by path. `moods`: paths that "redirect", "flood" or "drip"."""

    issuer: str = ""
    person: dict[str, Any] = field(default_factory=lambda: dict(PERSON))
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    moods: dict[str, str] = field(default_factory=dict)
    raw: dict[str, tuple[int, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    key: JWK = field(default_factory=lambda: JWK.generate(kty="EC", crv="P-256", kid="one"))
    signing_key: JWK | None = None

    def sign_in(self, url: str, **changes: str) -> dict[str, str]:
        """The browser at the provider: what it is sent back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert asked["client_id"] == CLIENT_ID
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.issuer, **changes}
        return {name: value for name, value in back.items() if value}

    def published(self) -> dict[str, Any]:
        names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        return laid_over(
            {
                "issuer": self.issuer,
                **{f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in names.items()},
                "jwks_uri": f"{self.issuer}/jwks",
                "response_types_supported": ["code"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "authorization_response_iss_parameter_supported": True,
            },
            self.metadata,
        )

    def redeem(self, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        asked = self.codes.pop(form.get("code", ""), None)
        own = [
            unquote_plus(each) for each in base64.b64decode(authorization.removeprefix("Basic ")).decode().split(":")
        ]
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        fits = asked and own == [CLIENT_ID, CLIENT_SECRET] and asked["redirect_uri"] == form["redirect_uri"]
        if asked is None or not fits or asked["code_challenge"] != challenge:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "opens-userinfo", "token_type": "Bearer", "id_token": self.id_token(asked)}

    def id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        told = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims = laid_over({**told, **self.person}, self.claims)
        header = laid_over({"alg": "ES256", "kid": "one"}, self.header)
        if header["alg"] == "none":
            return ".".join((encoded(header), encoded(claims), ""))
        said = f"{encoded(header)}.{encoded(claims)}"
        signature = JWA.signing_alg(header["alg"]).sign(self.signing_key or self.key, said.encode())
        return f"{said}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def laid_over(truth: dict[str, Any], lies: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**truth, **lies}.items() if value is not None}


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


@contextmanager
def listening() -> Iterator[Provider]:
    provider = Provider()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers = {
                "/.well-known/openid-configuration": provider.published(),
                "/jwks": {"keys": [json.loads(provider.key.export_public())]},
                "/userinfo": {"sub": provider.person["sub"], **provider.userinfo},
            }
            self.answer(200 if self.path in answers else 404, answers.get(self.path, {}))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.answer(*provider.redeem(form, self.headers["Authorization"]))

        def answer(self, status: int, said: Any) -> None:
            provider.asked.append(self.path)
            status, said = provider.raw.get(self.path, (status, said))
            mood = provider.moods.get(self.path, "")
            body = b"x" * 10_000_000 if mood == "flood" else json.dumps(said).encode()
            self.send_response(302 if mood == "redirect" else status)
            if mood == "redirect":
                self.send_header("Location", f"{provider.issuer}/elsewhere")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                while mood == "drip" and len(body) > 1:
                    self.wfile.write(body[:1])
                    body = body[1:]
                    time.sleep(0.2)
                self.wfile.write(body)
            except OSError:
                return

        def log_message(self, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
