"""What comes of an authorization request: where the browser goes next, and what the client is told in the end."""

import json
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from apps.applications.models import Application
from apps.authentication.models import LoginFlow
from apps.core import secrets
from apps.core.context import Context
from apps.core.errors import Gone, NotFound, Refusal
from apps.credentials.models import Credential
from apps.directory.models import Identity
from apps.tokens.authorization import AuthorizationRequest
from apps.tokens.issuer import issuer_of
from apps.tokens.redirects import Answer
from apps.tokens.services.codes import CODE_SECONDS


class LoginRefused(Refusal):
    """An error that goes back to the client (RFC 6749 §4.1.2.1)."""

    def __init__(self, error: str, description: str, answer: Answer) -> None:
        super().__init__(description or error)
        self.code = error
        self.outcome = "ERROR"
        self.answer = answer

    @property
    def redirect_url(self) -> str:
        return self.answer.url


class AnswerUnknown(NotFound):
    """Nothing that we have sealed for this client."""


class AnswerOver(Gone):
    """Its code is too old to be of use."""

    code = "flow_over"


@dataclass(frozen=True, slots=True)
class Finished:
    """The browser's session sufficed: go back to the client with a code."""

    answer: Answer

    @property
    def redirect_url(self) -> str:
        return self.answer.url


@dataclass(frozen=True, slots=True)
class NeedsProof:
    """Go to the authenticator."""

    flow: LoginFlow
    authenticate_url: str


@dataclass(frozen=True, slots=True)
class NeedsConsent:
    """The browser's session sufficed, and the person has to say yes."""

    flow: LoginFlow
    consent_url: str


@dataclass(frozen=True, slots=True)
class Authenticated:
    """`session_token` is the browser's cookie; "" for an embedded authenticator, which makes no session. `code` is "" when
    there is none yet, or none at all: `redirect_url` knows what comes next. `credential` None: by a one-time code."""

    code: str
    redirect_url: str
    identity: Identity
    credential: Credential | None
    session_token: str


def granted(application: Application, asked: AuthorizationRequest, code: str) -> Answer:
    return _answer(application, asked.redirect_uri, asked.response_mode, {"code": code, "state": asked.state})


def refused(
    application: Application, error: str, description: str, redirect_uri: str, state: str, response_mode: str
) -> LoginRefused:
    said = {"error": error, "error_description": description, "state": state}
    return LoginRefused(error, description, _answer(application, redirect_uri, response_mode, said))


def refused_as_asked(
    application: Application, asked: AuthorizationRequest, error: str, description: str
) -> LoginRefused:
    return refused(application, error, description, asked.redirect_uri, asked.state, asked.response_mode)


def _answer(application: Application, redirect_uri: str, response_mode: str, said: dict[str, str]) -> Answer:
    """With `iss`, whatever it says (RFC 9207 §2)."""
    told = {name: value for name, value in said.items() if value}
    return Answer(redirect_uri, {**told, "iss": issuer_of(application)}, response_mode)


def url_of(ctx: Context, application: Application, answer: Answer) -> str:
    """Where a page's script takes the browser. An answer to be posted goes by a page of ours, which cannot know it but by
    its own address: sealed, so that neither history nor logs hold a code."""
    if not answer.is_posted:
        return answer.url
    until = int((ctx.now + timedelta(seconds=CODE_SECONDS)).timestamp())
    said = {"to": answer.redirect_uri, "parameters": dict(answer.parameters), "until": until}
    sealed = secrets.base64url(secrets.seal(json.dumps(said).encode(), _purpose(application)))
    return f"{issuer_of(application)}/answer?{urlencode({'sealed': sealed})}"


def read_answer(ctx: Context, application: Application, sealed: str) -> Answer:
    """Raises AnswerUnknown, AnswerOver."""
    try:
        said = json.loads(secrets.unseal(secrets.from_base64url(sealed), _purpose(application)))
    except ValueError:
        raise AnswerUnknown("Answer") from None
    if said["until"] < ctx.now.timestamp():
        raise AnswerOver("this sign-in is over; start again from the application")
    return Answer(said["to"], said["parameters"], "form_post")


def consent_url(application: Application, flow: LoginFlow) -> str:
    return f"{issuer_of(application)}/consent?{urlencode({'flow': str(flow.pk)})}"


def _purpose(application: Application) -> str:
    return f"authorization.answer:{application.pk}"
