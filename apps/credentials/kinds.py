"""The three kinds of proofs by name: reading one, and holding it against what was asked (contract/extensions.md §5)."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from apps.authenticators import configuration
from apps.authenticators.models import AuthenticatorConfig
from apps.credentials import ceremonies, webauthn
from apps.credentials.proofs import Kind, KnownKey, NewKey, ProofMalformed, Proven, Question, jwt, x509

BindProof = ceremonies.Registration | x509.Certificate | jwt.Token
LoginProof = ceremonies.Assertion | x509.Certificate | jwt.Token

_BIND_READERS: dict[str, Callable[[str], BindProof]] = {
    "WEBAUTHN": ceremonies.parse_registration, "X509": x509.parse, "JWT": jwt.parse,
}  # fmt: skip
_LOGIN_READERS: dict[str, Callable[[object], LoginProof]] = {
    "Jwt": jwt.parse, "WebAuthn": ceremonies.parse_claims_assertion, "X509": x509.parse,
}  # fmt: skip
_METHODS = {
    Kind.WEBAUTHN: "webauthn_passkey", Kind.X509: "software_passkey", Kind.JWT: "software_passkey",
}  # fmt: skip


def parse_bind(kind: str, raw: str) -> BindProof:
    """`kind` as the contract writes it at `:bind`. Raises ProofMalformed, KeyError for a kind that is none."""
    return _BIND_READERS[kind](raw)


def parse_login(proof: object) -> LoginProof:
    """A hosted page's: PublicKeyCredential.toJSON(), or {"type": "X509", "certificate"}. Raises ProofMalformed."""
    if isinstance(proof, Mapping) and proof.get("type") == "X509":
        return x509.parse(proof.get("certificate"))
    return ceremonies.parse_assertion(proof)


def parse_claims(text: str) -> LoginProof:
    """An SDK's: JSON of exactly one of Jwt, WebAuthn, X509 (contract/wire.md §3.4). Raises ProofMalformed."""
    try:
        claims: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise ProofMalformed("claims is not JSON") from None
    if not isinstance(claims, Mapping) or len(claims) != 1 or not (claims.keys() & _LOGIN_READERS.keys()):
        raise ProofMalformed("must be one of Jwt, WebAuthn, X509")
    ((name, raw),) = claims.items()
    return _LOGIN_READERS[name](raw)


def kind_of(proof: BindProof | LoginProof) -> Kind:
    match proof:
        case x509.Certificate():
            return Kind.X509
        case jwt.Token():
            return Kind.JWT
    return Kind.WEBAUTHN


def verify_new(proof: BindProof, question: Question) -> NewKey:
    """Raises ProofRejected, ProofMalformed."""
    match proof:
        case x509.Certificate():
            return x509.verify_new(proof, question)
        case jwt.Token():
            return jwt.verify_new(proof, question)
    return webauthn.verify_registration(proof, question)


def verify(proof: LoginProof, known: KnownKey, question: Question) -> Proven:
    """Raises ProofRejected, ProofMalformed."""
    match proof:
        case x509.Certificate():
            return x509.verify(proof, known, question)
        case jwt.Token():
            return jwt.verify(proof, known, question)
    return webauthn.verify_assertion(proof, known, question)


def is_accepted(config: AuthenticatorConfig, kind: Kind) -> bool:
    """Hosted pages take what their config lists; an SDK in an app chooses for itself (contract/wire.md §3.2)."""
    if not config.is_hosted:
        return True
    methods = config.config.get("authentication_methods") or configuration.DEFAULT_METHODS
    return any(method["type"] == _METHODS[kind] for method in methods)
