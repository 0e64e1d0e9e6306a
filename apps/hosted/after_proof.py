"""After a proof that is no passkey's, a code or an identity provider's word: where the browser goes, or why it may not."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.authentication import flows
from apps.authentication.services import RequirementUnmet, completion, passkey_offers
from apps.core.context import Context
from apps.core.errors import Denied
from apps.hosted import errors, waiting_flow
from apps.policy.services import PolicyDenied, VerificationRequired
from apps.tokens.services.codes import NothingGranted
from apps.web import cookies


def go_on(ctx: Context, request: HttpRequest, flow: Any, done: Any) -> HttpResponse:
    """To a passkey where one is offered, else to the client; with the session that was opened."""
    offer = passkey_offers.offer_of(ctx, _anew(ctx, request, flow))
    if offer.is_new or offer.kinds:
        url = waiting_flow.path_of(flow, "name" if offer.is_new else "offer")
    else:
        url = completion.go_on(ctx, _anew(ctx, request, flow))
    response = waiting_flow.leave(url)
    cookies.write(response, cookies.session_cookie(flow.realm_id), done.session_token)
    return response


def denial(flow: Any, refusal: Denied) -> dict[str, str]:
    """Somebody who proved who they are may be told why it is not enough."""
    name = flow.application.display_name
    if isinstance(refusal, PolicyDenied):
        return {"title": _("You may not sign in to %(name)s") % {"name": name}, "text": errors.words_of(refusal)}
    if isinstance(refusal, VerificationRequired):
        return {
            "title": _("A code is not enough here"),
            "text": _("Sign in with a passkey that checks that it is you."),
        }
    if isinstance(refusal, NothingGranted | RequirementUnmet):
        text = _("You hold no role there. Ask an administrator.")
        return {"title": _("Nothing in %(name)s is open to you") % {"name": name}, "text": text}
    return {"title": _("That is not allowed"), "text": errors.words_of(refusal)}


def _anew(ctx: Context, request: HttpRequest, flow: Any) -> Any:
    browser_key = cookies.read(request, cookies.flow_cookie())
    where = (flow.tenant_id, flow.realm_id, flow.application.authenticator_config_id)
    return flows.get_flow_at(ctx, *where, str(flow.pk), browser_key)
