"""Asking a provider: where the browser goes, and what the code that it brings back stands for.

All of it is the network's, so none of it happens inside a transaction.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

from apps.core import outgoing, secrets
from apps.core.errors import Denied
from apps.core.outgoing import Unreachable
from apps.federation import claims, configuration, discovery, id_tokens
from apps.federation.claims import Stranger
from apps.federation.discovery import Metadata, ProviderUnavailable
from apps.federation.id_tokens import Expected
from apps.federation.models import IdentityProvider
from apps.tokens import fetched_keys
from apps.tokens.signatures import ALGORITHMS, SignatureRejected, Unverified, read

_CODE_LENGTH = 4096


class AnswerRefused(Denied):
    """What came back is not believed. The message is the exact reason, for the event; the person is told that it was not."""

    code = "provider_answer_refused"


class Declined(Denied):
    """The provider, or the person there, said no."""

    code = "provider_declined"


@dataclass(frozen=True, slots=True)
class Secrets:
    """Of one way out and back, each of 256 bits: none of them may be used twice."""

    state: str
    nonce: str
    verifier: str

    @property
    def challenge(self) -> str:
        return secrets.base64url(hashlib.sha256(self.verifier.encode()).digest())  # RFC 7636 §4.2


@dataclass(frozen=True, slots=True)
class Answer:
    """What the browser brought back, as it stood in the address; "" for what was not there."""

    code: str = ""
    error: str = ""
    issuer: str = ""


def new_secrets() -> Secrets:
    return Secrets(secrets.new_token(), secrets.new_token(), secrets.new_token(48))


def authorization_url(provider: IdentityProvider, metadata: Metadata, own: Secrets, further: Mapping[str, str]) -> str:
    """`further`: prompt, max_age, login_hint where they are asked for."""
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": configuration.redirect_uri(provider),
        "scope": " ".join(provider.scopes),
        "state": own.state,
        "nonce": own.nonce,
        "code_challenge": own.challenge,
        "code_challenge_method": "S256",
        **further,
    }
    joint = "&" if "?" in metadata.authorization_endpoint else "?"
    return f"{metadata.authorization_endpoint}{joint}{urlencode(query)}"


def stranger_behind(provider: IdentityProvider, answer: Answer, verifier: str, expected: Expected) -> Stranger:
    """Redeems the code and believes the ID token, or does not. Raises AnswerRefused, Declined, ProviderUnavailable."""
    metadata = discovery.metadata_of(provider.issuer)
    _require_own(answer, metadata)
    if answer.error:
        raise Declined(f"the provider answered {answer.error[:80]!r}")
    if not 0 < len(answer.code) <= _CODE_LENGTH:
        raise AnswerRefused("no code came back")
    told = _redeemed(provider, metadata, answer.code, verifier)
    try:
        token = _signed(provider, metadata, told.get("id_token"))
        subject = id_tokens.require_meant(token.claims, expected)
    except SignatureRejected as problem:
        raise AnswerRefused(f"the ID token: {problem}") from None
    own = _paired(token.claims)
    known = {**_more(provider, metadata, told, own), **own}
    return claims.read(subject, known, provider.attribute_map)


def _require_own(answer: Answer, metadata: Metadata) -> None:
    """RFC 9207 §2.4: an answer that says whose it is, says that it is theirs, errors included."""
    if answer.issuer != metadata.issuer and (answer.issuer or metadata.names_issuer):
        raise AnswerRefused("the answer's iss is another")


def _redeemed(provider: IdentityProvider, metadata: Metadata, code: str, verifier: str) -> Mapping[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": configuration.redirect_uri(provider),
        "code_verifier": verifier,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    secret = configuration.unseal(provider)
    if metadata.posts_secret:
        form |= {"client_id": provider.client_id, "client_secret": secret}
    else:
        headers["Authorization"] = f"Basic {_basic(provider.client_id, secret)}"
    try:
        answered = outgoing.send("POST", metadata.token_endpoint, body=urlencode(form).encode(), headers=headers)
        if 400 <= answered.status < 500:
            raise AnswerRefused(f"the token endpoint answered {answered.status}")
        told = outgoing.read_json(answered)
    except Unreachable as problem:
        raise ProviderUnavailable(f"its token endpoint: {problem}") from None
    if not isinstance(told, Mapping):
        raise AnswerRefused("the token endpoint answered with no object")
    return told


def _basic(client_id: str, secret: str) -> str:
    """RFC 6749 §2.3.1: each of the two is form-encoded first."""
    return base64.b64encode(f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()).decode()


def _signed(provider: IdentityProvider, metadata: Metadata, token: Any) -> Unverified:
    """Raises SignatureRejected."""
    if not isinstance(token, str):
        raise SignatureRejected("there is none")
    taken = read(token, kinds=("", "jwt"), algorithms=ALGORITHMS)
    found = fetched_keys.fitting(fetched_keys.keys_at(provider.pk, metadata.jwks_uri, wanted=False), taken)
    if not found:
        found = fetched_keys.fitting(fetched_keys.keys_at(provider.pk, metadata.jwks_uri, wanted=True), taken)
    if not found:
        raise SignatureRejected("none of the provider's keys fits it")
    fetched_keys.require_signed_with(found, taken)
    return taken


def _more(
    provider: IdentityProvider, metadata: Metadata, told: Mapping[str, Any], known: Mapping[str, Any]
) -> Mapping[str, Any]:
    """What is said at userinfo alone. It is of the same subject, or it is not believed (OpenID Connect Core §5.3.2)."""
    access_token = told.get("access_token")
    if not metadata.userinfo_endpoint or not isinstance(access_token, str):
        return {}
    if (
        not claims.wants_more(known, provider.attribute_map)
        or not access_token.isascii()
        or not access_token.isprintable()
    ):
        return {}
    headers = {"Accept": "application/json", "Authorization": f"Bearer {access_token}"}
    try:
        more = outgoing.read_json(outgoing.send("GET", metadata.userinfo_endpoint, headers=headers))
    except Unreachable:
        return {}  # the ID token alone says who it is
    if not isinstance(more, Mapping) or more.get("sub") != known.get("sub"):
        raise AnswerRefused("userinfo is about somebody else")
    own = {"email", "email_verified"} if "email" in known else set()
    return _paired({name: value for name, value in more.items() if name not in own})


def _paired(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """An address and whether it is verified come from one and the same answer."""
    return said if "email" in said else {name: value for name, value in said.items() if name != "email_verified"}
