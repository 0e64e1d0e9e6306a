"""The token endpoint's verb. The console redeems its own code through it too, in process."""

from collections.abc import Mapping

from apps.applications.models import Application, Grant
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import Refusal
from apps.core.statements import Missed
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.tokens import client_authentication, device_codes, families, parameters, straight_requests, token_requests
from apps.tokens.minting import MintedToken
from apps.tokens.parameters import Form, NotAForm
from apps.tokens.refresh_tokens import Standing
from apps.tokens.token_requests import TokenAnswer


class TokenRefused(Refusal):
    """RFC 6749 §5.2. `answer` is what the endpoint says, ready made."""

    def __init__(self, answer: TokenAnswer) -> None:
        super().__init__(answer.error)
        self.code = answer.error
        self.answer = answer


def exchange(ctx: Context, application: Application, *, form: str, headers: Mapping[str, str]) -> TokenAnswer:
    """One token request: a code, a refresh token or the client's own credentials for tokens. Raises TokenRefused.

    `form` is the urlencoded body; of `headers` HTTP_AUTHORIZATION and HTTP_DPOP matter. A code used again kills every
    token the first use gave out (RFC 6749 §4.1.2), and so does a refresh token used again after its grace (RFC 9700
    §4.14.2): although the request is refused.
    """
    asked = _read(form)
    if isinstance(asked, Form) and (answer := _straight(ctx, application, asked, headers)):
        return answer
    client_authentication.prepare(application, asked if isinstance(asked, Form) else None)
    with attempt(ctx, EventType.TOKEN_REQUEST, application.realm, reading=_is_on_own_behalf(asked)) as event:
        event.target(application)
        answer = token_requests.answer_token_request(ctx, application, form=asked, headers=headers)
        _tell(event, ctx, application, answer)
        if answer.error:
            raise TokenRefused(answer)
        event.write(*(answer.validator.new_rows if answer.validator else ()))
    return answer


def _straight(ctx: Context, application: Application, form: Form, headers: Mapping[str, str]) -> TokenAnswer | None:
    """None when it is not to be had that way: because of the request, or of somebody who was quicker."""
    found = straight_requests.read(ctx, application, form, headers)
    if found is None:
        return None
    try:
        with attempt(ctx, EventType.TOKEN_REQUEST, application.realm, reading=True) as event:
            event.target(application)
            _tell_whose(event, application, found.grant)
            _tell_token(event, found.minted)
            event.write(*found.rows)
            if found.only_if is not None:
                event.only_if(found.only_if)
    except Missed:
        return None
    return TokenAnswer(200, found.body, sign_in=found.grant)


def _read(body: str) -> Form | NotAForm:
    """What is wrong with it is refused with the rest."""
    try:
        return parameters.read_form(body)
    except NotAForm as problem:
        return problem


def _is_on_own_behalf(asked: Form | NotAForm) -> bool:
    """Nothing is spent for such a token but what stays spent anyway: its row and the event are all there is to write."""
    return isinstance(asked, Form) and asked.get("grant_type") == "client_credentials"


def _tell(event: Draft, ctx: Context, application: Application, answer: TokenAnswer) -> None:
    validator = answer.validator
    if validator is None:
        return
    for shown in validator.spent:
        event.keep(shown.spend)
    if (polled := validator.polled) is not None and polled.device is not None:
        event.ctx = event.ctx.in_flow(polled.device.correlation_id)
        event.keep(lambda: device_codes.note(ctx, polled))
    if (replayed := validator.replayed_grant) is not None:
        event.data["replayed_code"] = True
        event.keep(lambda: families.end_grants(ctx, pk=replayed.pk))
    if validator.grant is not None or not answer.error:
        _tell_whose(event, application, validator.grant)
    if (presented := validator.presented) is not None and presented.standing is Standing.REUSED:
        event.keep(lambda: families.end_grants(ctx, pk=presented.grant.pk))
        ended = event.note(EventType.TOKEN_CHANGE, outcome="SUCCESS", action="FAMILY_REVOKE", reason="reuse")
        ended.targets.append({"type": "token", "id": presented.row.jti, "display_name": ""})
    if (minted := validator.minted) is not None and not answer.error:
        _tell_token(event, minted)


def _tell_whose(event: Draft, application: Application, grant: Grant | None) -> None:
    if grant is None:
        event.acting_as(Actor(ActorType.APPLICATION, str(application.pk), application.display_name))
        return
    event.ctx = event.ctx.in_flow(grant.correlation_id)
    event.acting_as(Actor(ActorType.IDENTITY, grant.user.pk, grant.user.display_name))


def _tell_token(event: Draft, minted: MintedToken) -> None:
    event.data |= {"grant_type": minted.claims["bi_ty"], "scope": minted.claims["scope"], "jti": minted.jti}
