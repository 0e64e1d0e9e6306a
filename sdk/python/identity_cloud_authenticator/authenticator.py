"""The calls: bind a passkey to a link's identity, answer a sign-in request, walk a whole sign-in."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from identity_cloud_authenticator import requests
from identity_cloud_authenticator.encoding import object_in
from identity_cloud_authenticator.errors import (
    AuthenticatorError,
    Denied,
    LinkRefused,
    PasskeyMissing,
    RequestRefused,
    ServerBroken,
)
from identity_cloud_authenticator.keys import Keys
from identity_cloud_authenticator.passkey import Kind, Passkey, Question, generate
from identity_cloud_authenticator.transport import Answer, Transport, over_http

ROUNDS = 3  # the request asks for one proof, and the server may ask again
HOPS = 5
_FIELDS = ("api_base_url", "tenant_id", "realm_id", "identity_id", "job_id", "token")
_PART = re.compile(r"[\w-]{1,128}", re.ASCII)
_LINK = re.compile(r"/credential-binding-jobs/[^/:]+:invokeAuthenticator$")
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Allowed:
    """`redirect_url` is where the client waits for the code; `passkey` is the one that answered."""

    code: str
    redirect_url: str
    message: str
    passkey: Passkey


class Authenticator:
    """`issuer` is the application's, or its origin alone for several applications: nothing else is ever asked or believed.

    `signals` are told with every proof, as a browser tells of itself; policies may look at them.
    """

    def __init__(
        self, issuer: str, keys: Keys, *, transport: Transport = over_http, signals: Mapping[str, Any] | None = None
    ) -> None:
        parts = urlsplit(issuer.rstrip("/"))
        if parts.scheme not in ("https", "http") or not parts.netloc or parts.query or parts.fragment:
            raise ValueError("issuer must be the issuer's URL")
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._issuer = issuer.rstrip("/") if parts.path else ""
        self._keys = keys
        self._ask = transport
        self._signals = {"platform": "", "browser": "", "authenticator_version": "1.0.0", **(signals or {})}

    def passkeys(self) -> list[Passkey]:
        return self._keys.all()

    def delete(self, kid: str) -> None:
        """Here alone: the server keeps the credential until it is revoked there."""
        self._keys.forget(kid)

    def bind(self, link: str, kind: Kind = "X509") -> Passkey:
        """Opens the link, makes a key, proves it and keeps it. Raises LinkRefused, Denied, NoAnswer, ServerBroken."""
        job = self._opened(link)
        url = self._job_url(job)
        headers = {"Authorization": f"Bearer {job['token']}", "Content-Type": "application/json"}
        info, now = self._json("POST", f"{url}:getInfo", headers, b"{}")
        username = str(((info.get("identity") or {}).get("traits") or {}).get("username", ""))
        passkey = Passkey(generate(), job["tenant_id"], job["realm_id"], job["identity_id"], kind, username=username)
        question = Question(f"{url}:bind", job["job_id"], job["token"])
        raw = passkey.certificate(question, now) if kind == "X509" else passkey.bind_token(job["token"])
        proof = {"type": kind, "raw": raw, "signals": self._signals}
        bound, _ = self._json("POST", f"{url}:bind", headers, json.dumps(proof).encode())
        passkey = replace(passkey, credential_id=str(bound.get("id", "")))
        self._keys.keep(passkey)
        return passkey

    def sign_in(self, authorization_url: str, passkey: str | None = None) -> Allowed:
        """From the authorization endpoint's URL to the code, without a browser. Raises as `authenticate` does."""
        url = self._pinned(authorization_url, RequestRefused)
        for _ in range(HOPS):
            answer = self._ask("GET", url, {"Accept": "application/json"}, None)
            if answer.status == 200:  # the authenticator is invoked by hand (contract/wire.md §3)
                url = str(_object(answer).get("authenticate_url", ""))
            elif answer.status in (302, 303, 307) and "location" in answer.headers:
                url = urljoin(url, answer.headers["location"])
            else:
                _refuse(answer)
            if urlsplit(url).path.endswith("/bi-authenticate"):
                return self.authenticate(url, passkey)
            url = self._pinned(url, RequestRefused)
        raise RequestRefused("the authorization endpoint leads to no authenticator")

    def authenticate(self, request_url: str, passkey: str | None = None) -> Allowed:
        """Answers …/bi-authenticate?request=… with the passkey named (kid or credential id), or the only one of the realm.

        Raises RequestRefused, PasskeyMissing, Denied, NoAnswer, ServerBroken.
        """
        request, now = self._request(request_url)
        chosen = self._chosen(request, passkey)
        nonce = request.nonce
        for _ in range(ROUNDS):
            told, now = self._answered(request, chosen, nonce, now)
            match told.get("type"):
                case "allow":
                    code, target = str(told.get("code", "")), str(told.get("redirect_url", ""))
                    return Allowed(code, target, str(told.get("message", "")), chosen)
                case "prove":
                    nonce = str(told.get("nonce", ""))
                case "deny":
                    message = str(told.get("message") or "access was denied")
                    raise Denied(message, status=200, correlation_id=request.correlation_id)
                case other:
                    raise ServerBroken(f"the server answered {other!r}", status=200)
        raise ServerBroken("the server asked for too many proofs")

    def _answered(
        self, request: requests.Request, passkey: Passkey, nonce: str, now: datetime
    ) -> tuple[dict[str, Any], datetime]:
        question = Question(request.url, request.transaction, nonce)
        if passkey.kind == "X509":
            claims = {"X509": passkey.certificate(question, now)}
        else:
            claims = {"Jwt": passkey.login_token(question, now)}
        fields = {
            "claims": json.dumps(claims),
            "transaction_id": request.transaction,
            "signals": json.dumps(self._signals),
        }
        headers = {"Content-Type": _FORM, "X-Correlation-Id": request.correlation_id}
        return self._json("POST", request.url, headers, urlencode(fields).encode())

    def _request(self, url: str) -> tuple[requests.Request, datetime]:
        parts = urlsplit(url)
        given = parse_qs(parts.query).get("request", [""])[0] if parts.path.endswith("/bi-authenticate") else ""
        signed = requests.parse(given)
        jku = self._pinned(signed.header["jku"], RequestRefused)
        if not jku.endswith(requests.JWKS) or (self._issuer and jku != self._issuer + requests.JWKS):
            raise RequestRefused("the request's keys are not the issuer's")
        jwks, now = self._json("GET", jku, {}, None)
        claims = requests.verify(signed, jwks, now)
        if "introspect_uri" in claims:
            asked = self._pinned(str(claims["introspect_uri"]), RequestRefused)
            headers = {"Content-Type": _FORM, "X-Correlation-Id": str(claims.get("correlation_id", ""))}
            claims, now = self._json("POST", asked, headers, urlencode({"token": str(claims.get("token"))}).encode())
        request = requests.read(claims)
        self._pinned(request.url, RequestRefused)
        if self._issuer and request.url != f"{self._issuer}/bi-authenticate":
            raise RequestRefused("the request is of another application")
        return request, now

    def _chosen(self, request: requests.Request, name: str | None) -> Passkey:
        place = (request.tenant, request.realm)
        mine = [each for each in self._keys.all() if (each.tenant, each.realm) == place]
        if name is not None:
            mine = [each for each in mine if name in (each.kid, each.credential_id)]
        if len(mine) != 1:
            raise PasskeyMissing("several passkeys: name one" if mine else "no such passkey for this realm")
        return mine[0]

    def _opened(self, link: str) -> dict[str, str]:
        """The six fields: asked for, or already in the URL that a browser was led on to."""
        parts = urlsplit(link)
        if _LINK.search(parts.path):
            fields, _ = self._json("GET", self._pinned(link, LinkRefused), {}, None)
        else:
            query = parse_qs(parts.query) if parts.path.endswith("/bind") else {}
            fields = {name: query.get(name, [""])[0] for name in _FIELDS}
        if not all(isinstance(fields.get(name), str) and fields[name] for name in _FIELDS):
            raise LinkRefused("this is not a complete binding link")
        return {name: fields[name] for name in _FIELDS}

    def _job_url(self, job: dict[str, str]) -> str:
        base = self._pinned(job["api_base_url"], LinkRefused).rstrip("/")
        tenant, realm, identity, number = (job[name] for name in _FIELDS[1:5])
        if not all(map(_PART.fullmatch, (tenant, realm, identity, number))):
            raise LinkRefused("this is not a complete binding link")
        path = f"/v1/tenants/{tenant}/realms/{realm}/identities/{identity}/credential-binding-jobs/{number}"
        return f"{base}{path}"

    def _pinned(self, url: str, refusal: type[AuthenticatorError]) -> str:
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" != self._origin:
            raise refusal(f"{url[:100]} is not of {self._origin}", code="foreign_host")
        return url

    def _json(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[dict[str, Any], datetime]:
        answer = self._ask(method, url, {"Accept": "application/json", **headers}, body)
        if answer.status != 200:
            _refuse(answer)
        return _object(answer), answer.server_time


def _object(answer: Answer) -> dict[str, Any]:
    try:
        return object_in(answer.body)
    except ValueError:
        raise ServerBroken("the server's answer is no JSON object", status=answer.status) from None


def _refuse(answer: Answer) -> NoReturn:
    """By the error body of contract/wire.md §1.1: `details` names the reason."""
    try:
        told = object_in(answer.body)
        details = told.get("details") or [{}]
        reason, message = str(details[0].get("reason", "")), str(told.get("message", ""))
    except (ValueError, LookupError, AttributeError, TypeError):
        reason, message = "", ""
    kind, code = _kind_of(answer.status, reason)
    correlation_id = answer.headers.get("x-correlation-id", "")
    message = message or f"the server answered {answer.status}"
    raise kind(message, code=code, status=answer.status, correlation_id=correlation_id)


def _kind_of(status: int, reason: str) -> tuple[type[AuthenticatorError], str]:
    if reason.startswith("link_") or status in (401, 409):
        return LinkRefused, "link_used" if status == 409 else reason
    if status in (403, 429):
        return Denied, reason
    if status in (400, 404, 410):
        return RequestRefused, reason
    return ServerBroken, ""
