"""A client that holds keys: it signs assertions, DPoP proofs and request objects, rightly or, told so, wrongly."""

import base64
import hashlib
import json
import secrets
import time
from typing import Any

from joserfc.jws import JWSRegistry

from apps.applications.models import Application
from apps.tokens import jose
from apps.tokens.assertions import ASSERTION_TYPE
from apps.tokens.issuer import issuer_of
from tests.authenticator import base64url


class KeyHolder:
    """One key pair. `jwk` is the public half as it is registered, `jkt` its thumbprint."""

    def __init__(self, algorithm: str = "ES256", kid: str = "first") -> None:
        self.algorithm, self.kid = algorithm, kid
        self.key = jose.generate(algorithm)
        self.jkt = self.key.thumbprint()

    @property
    def bare_jwk(self) -> dict[str, Any]:
        return self.key.as_dict(private=False)

    @property
    def jwk(self) -> dict[str, Any]:
        return {**self.bare_jwk, "kid": self.kid, "alg": self.algorithm, "use": "sig"}

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.jwk]}

    def sign(self, header: dict[str, Any], claims: dict[str, Any] | str) -> str:
        """Values None are left out. The signature is right whatever stands in the header."""
        shown = {name: value for name, value in header.items() if value is not None}
        said = claims if isinstance(claims, str) else json.dumps({n: v for n, v in claims.items() if v is not None})
        signed = f"{base64url(json.dumps(shown).encode())}.{base64url(said.encode())}"
        method = JWSRegistry(algorithms=[self.algorithm]).get_alg(self.algorithm)
        return f"{signed}.{base64url(method.sign(signed.encode(), self.key))}"

    def assertion(self, application: Application, *, header: dict[str, Any] | None = None, **changes: Any) -> str:
        """RFC 7523; a claim changed to None is left out."""
        now = int(time.time())
        claims = {
            "iss": application.client_id,
            "sub": application.client_id,
            "aud": issuer_of(application),
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
            **changes,
        }
        return self.sign({"alg": self.algorithm, "kid": self.kid, **(header or {})}, claims)

    def client(self, application: Application, **changes: Any) -> dict[str, str]:
        """The parameters by which the client proves itself."""
        return {
            "client_id": application.client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion(application, **changes),
        }

    def proof(
        self, method: str, url: str, *, token: str = "", header: dict[str, Any] | None = None, **changes: Any
    ) -> str:
        """RFC 9449 §4.2; `token` is the access token that it comes with."""
        digest = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
        claims = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": url,
            "iat": int(time.time()),
            **({"ath": digest} if token else {}),
            **changes,
        }
        return self.sign({"typ": "dpop+jwt", "alg": self.algorithm, "jwk": self.bare_jwk, **(header or {})}, claims)

    def request_object(
        self,
        application: Application,
        parameters: dict[str, Any],
        *,
        header: dict[str, Any] | None = None,
        **changes: Any,
    ) -> str:
        """RFC 9101 §4."""
        now = int(time.time())
        claims = {
            "iss": application.client_id,
            "aud": issuer_of(application),
            "exp": now + 300,
            "nbf": now,
            **parameters,
            **changes,
        }
        own = {"typ": "oauth-authz-req+jwt", "alg": self.algorithm, "kid": self.kid}
        return self.sign({**own, **(header or {})}, claims)
