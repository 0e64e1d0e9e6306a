"""A relying party: one sign-in over HTTP with any of the servers, to have tokens to measure with, and to see it work."""

import base64
import hashlib
import http.client
import json
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

REDIRECT_URI = "http://localhost:3000/callback"
VERIFIER = "the-verifier-of-every-sign-in-that-is-measured-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Client:
    """A web application at a server. `cookie` is its person's session there; "": the server signs anybody in."""

    base_url: str
    authorize: str
    token: str
    client_id: str
    secret: str
    cookie: str = ""

    def authorization_request(self, scope: str) -> str:
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": REDIRECT_URI,
            "scope": scope,
            "state": "state-0123456789",
            "nonce": "nonce-0123456789",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return f"{self.authorize}?{urlencode(asked)}"

    def form(self, grant_type: str, **further: str) -> str:
        return urlencode(
            {"grant_type": grant_type, "client_id": self.client_id, "client_secret": self.secret, **further}
        )

    def code_form(self, code: str = "") -> str:
        """The code stands last, so that the load can append it."""
        return self.form("authorization_code", redirect_uri=REDIRECT_URI, code_verifier=VERIFIER, code=code)

    def sign_in(self, scope: str) -> tuple[str, dict[str, Any]]:
        """Follows redirects as a browser does. Returns the browser's cookies and the token answer."""
        jar: SimpleCookie = SimpleCookie(self.cookie)
        where = self.authorization_request(scope)
        for _ in range(6):
            status, headers, body = ask(self.base_url, "GET", where, {"Cookie": jar.output([], "", "; ").strip()})
            for line in headers.get_all("Set-Cookie") or []:
                jar.load(line)
            location = headers.get("Location") or ""
            if location.startswith(REDIRECT_URI):
                code = parse_qs(urlsplit(location).query)["code"][0]
                cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items() if morsel.value)
                return cookies, self.ask_token(self.code_form(code))
            if not location:
                raise SystemExit(f"{where} answered {status}: {body[:300]!r}")
            where = urlsplit(urljoin(self.base_url + where, location))._replace(scheme="", netloc="").geturl()
        raise SystemExit(f"{self.authorize} leads nowhere")

    def ask_token(self, form: str) -> dict[str, Any]:
        status, _, body = ask(self.base_url, "POST", self.token, FORM, form)
        if status != 200:
            raise SystemExit(f"{self.token} answered {status}: {body[:300]!r}")
        return json.loads(body)


def ask(
    base_url: str, method: str, path: str, headers: dict[str, str], body: str = ""
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=10)
    try:
        connection.request(method, path, body or None, headers)
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()
