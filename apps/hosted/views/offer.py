"""After the code: how a newcomer wants to be called, a passkey for this browser, and on to the application."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.authentication import flows
from apps.authentication.services import completion, passkey_offers
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import Invalid
from apps.credentials import invoke
from apps.directory.services import identities
from apps.hosted import binding_data, collected, errors, waiting_flow
from apps.hosted.typed_words import words_for
from apps.tokens.services.codes import NothingGranted
from apps.web import limits
from apps.web.context import context_of, subscriber_of
from apps.web.device_words import device_words


@errors.page_view("GET", "HEAD", "POST")
def name(request: HttpRequest, tenant_id: str, realm_id: str, config_id: UUID) -> HttpResponse:
    """For who just signed up. Leaving it as it is is fine."""
    ctx = context_of(request)
    flow = waiting_flow.flow_at(ctx, request, tenant_id, realm_id, config_id)
    offer = passkey_offers.offer_of(ctx, flow)
    if not offer.is_new:
        return waiting_flow.leave(waiting_flow.path_of(flow, "offer"))
    typed, problem = offer.identity.display_name, ""
    if request.method == "POST":
        typed = request.POST.get("display_name", "")
        try:
            identities.update_identity(_as(ctx, flow, offer.identity), offer.identity, display_name=typed)
            return _on(ctx, flow) if not offer.kinds else waiting_flow.leave(waiting_flow.path_of(flow, "offer"))
        except Invalid as refusal:
            problem = words_for(refusal.violations[0].description)
    context = {
        "person": offer.identity,
        "typed": typed,
        "problem": problem,
        "skip_url": waiting_flow.path_of(flow, "offer"),
    }
    return waiting_flow.show(request, flow, "hosted/name.html", context, status=422 if problem else 200)


@errors.page_view("GET", "HEAD", "POST")
def offer(request: HttpRequest, tenant_id: str, realm_id: str, config_id: UUID) -> HttpResponse:
    """Says what a passkey is and makes one; the form goes on to the application, with a passkey or without."""
    ctx = context_of(request)
    flow = waiting_flow.flow_at(ctx, request, tenant_id, realm_id, config_id)
    if request.method == "POST":
        return _on(ctx, flow)
    found = passkey_offers.offer_of(ctx, flow)
    signals = collected.signals()
    context = {
        "person": found.identity,
        "device": device_words(ctx.client.user_agent),
        "is_offered": bool(found.kinds),
        "by_code": found.by_code,
        "signals": signals,
        "page_data": {
            **binding_data.shared(signals, found.kinds),
            "beginUrl": waiting_flow.path_of(flow, "offer/begin"),
            "flow": str(flow.pk),
        },
    }
    return waiting_flow.show(request, flow, "hosted/offer.html", context)


@errors.page_view("POST")
def begin(request: HttpRequest, tenant_id: str, realm_id: str, config_id: UUID) -> HttpResponse:
    """What offer.js makes a passkey with: a binding job of this person, for this browser."""
    limits.spend(limits.LINKS, subscriber_of(request))
    ctx = context_of(request)
    flow = waiting_flow.flow_at(ctx, request, tenant_id, realm_id, config_id)
    made = passkey_offers.accept(ctx, flow)
    response = JsonResponse(binding_data.of_job(made.job, invoke.token_in(made.link)))
    response["Cache-Control"] = "no-store"
    return response


def _as(ctx: Context, flow: Any, identity: Any) -> Context:
    return ctx.in_flow(flow.correlation_id).acting_as(Actor(ActorType.IDENTITY, identity.pk, identity.display_name))


def _on(ctx: Context, flow: Any) -> HttpResponse:
    """Out to the client; whoever has nothing to get there sees why at the sign-in page."""
    try:
        return waiting_flow.leave(completion.go_on(ctx, flow))
    except NothingGranted:
        return waiting_flow.leave(flows.authenticate_url(ctx, flow))
