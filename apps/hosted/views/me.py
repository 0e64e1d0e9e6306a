"""The person's own page: passkeys, sessions, applications that were let in, and what is collected."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from apps.applications import selectors as applications
from apps.authentication import own_pages, sessions
from apps.authentication.services import sessions as sessions_verbs
from apps.authenticators.profile import profile_of
from apps.core.errors import Invalid, NotFound
from apps.credentials import options, providers
from apps.credentials import selectors as credentials
from apps.credentials.services import passkeys
from apps.hosted import collected, errors
from apps.hosted.person import Visit, home_of, person_view, show, sign_in_from
from apps.hosted.typed_words import words_for
from apps.hosted.views import me_providers
from apps.realms import selectors as realms
from apps.tokens.services import consents
from apps.web import cookies, places
from apps.web.context import context_of
from apps.web.device_words import device_words

_MOST_SESSIONS = 50


@person_view("GET", "HEAD")
def me(request: HttpRequest, visit: Visit) -> HttpResponse:
    return show(request, visit, "hosted/me.html", context_of_page(visit))


def context_of_page(visit: Visit) -> dict[str, Any]:
    signals = collected.signals()
    own = [_passkey(row) for row in credentials.active_credentials_of(visit.identity)]
    return {
        "passkeys": own,
        **_sessions(visit),
        "providers": me_providers.lines(visit),
        "consents": [_consent(row) for row in applications.consents_of(visit.identity)],
        "signals": signals,
        "recovery_url": _recovery_url(visit),
        "page_data": {"signals": signals, "passkeys": options.accepted_passkeys(visit.identity)},
    }


def _recovery_url(visit: Visit) -> str:
    """For who lost what they sign in with, on this device or another; "" where only an administrator lets people back."""
    try:
        config = own_pages.config_for(visit.realm)
    except NotFound:  # the application that they signed in for is gone
        return ""
    return f"{visit.home}/recover" if profile_of(config.config).recovers_by_mail else ""


@errors.page_view("GET", "HEAD")
def recover(request: HttpRequest, tenant_id: str, realm_id: str) -> HttpResponse:
    """A lasting address of recovery, which itself needs a sign-in that was begun: this begins one and goes there."""
    realm = realms.get_realm(tenant_id, realm_id)
    return sign_in_from(context_of(request), request, realm, page=home_of(realm), step="recover")


def _passkey(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.display_name,
        "binding": row.binding,
        "provider_name": row.provider_name if row.provider_name != row.display_name else "",
        "provider_icon": providers.icon_of(row.aaguid),
        "state": row.state,
        "created_at": row.created_at,
        "last_used_at": row.last_used_at,
        "last_used_where": _where(row.last_used_ip),
    }


def _where(ip: str) -> str:
    """The address, and the country where it is known."""
    return " · ".join(filter(None, (ip, places.place_of(ip).country)))


def _sessions(visit: Visit) -> dict[str, Any]:
    """The newest, and this browser's own however old it is. `most_sessions`: there are more than these."""
    found = sessions.newest_sessions_of(visit.ctx, visit.identity, _MOST_SESSIONS + 1)
    shown = found[:_MOST_SESSIONS]
    if visit.session.pk not in {row.pk for row in shown}:
        shown.insert(0, visit.session)
    more = _MOST_SESSIONS if len(found) > _MOST_SESSIONS else 0
    return {"sessions": [_session(visit, row) for row in shown], "most_sessions": more}


def _session(visit: Visit, row: Any) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "device_words": device_words(row.client_user_agent) or _("Unknown browser"),
        "where": _where(row.client_ip),
        "last_seen_at": row.last_seen_at,
        "authenticated_at": row.authenticated_at,
        "is_current": row.pk == visit.session.pk,
    }


def _consent(row: Any) -> dict[str, Any]:
    return {
        "application_id": str(row.application_id),
        "name": row.application.display_name,
        "scopes": [scope.removeprefix("claim:") for scope in row.scopes],
        "granted_at": row.granted_at,
    }


def _passkey_of(visit: Visit, passkey_id: str) -> Any:
    """Raises NotFound: one of somebody else, or revoked already."""
    wanted = passkey_id if len(passkey_id) == 16 and passkey_id.isalnum() else ""
    found = credentials.get_credential(visit.realm, wanted, visit.identity)
    if not found.is_active:
        raise NotFound("Credential", passkey_id)
    return found


@person_view("POST")
def rename(request: HttpRequest, visit: Visit) -> HttpResponse:
    passkey = _passkey_of(visit, request.POST.get("passkey", ""))
    try:
        passkeys.rename_credential(visit.ctx, passkey, display_name=request.POST.get("name", ""))
    except Invalid as refusal:
        wrong = {
            "id": passkey.pk,
            "typed": request.POST.get("name", "")[:200],
            "why": words_for(refusal.violations[0].description),
        }
        return show(request, visit, "hosted/me.html", {**context_of_page(visit), "wrong_name": wrong}, status=422)
    messages.success(request, _("Passkey renamed."))
    return redirect(visit.home)


@person_view("GET", "HEAD", "POST", recent=True)
def revoke(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A page of its own, so that it is asked before, and warns of the last one, with or without scripts."""
    told = request.POST if request.method == "POST" else request.GET
    passkey = _passkey_of(visit, told.get("passkey", ""))
    if not own_pages.is_by_passkey(visit.session):
        messages.error(request, _("A code from a mail is not enough to revoke a passkey. Sign in with one first."))
        return redirect(visit.home)
    if request.method == "POST":
        passkeys.revoke_credential(visit.ctx, passkey)
        if visit.session.credential_id == passkey.pk:  # its sessions ended with it, this one too
            return _left(request, visit, passkey.display_name)
        name = {"name": passkey.display_name}
        messages.success(request, _("Passkey revoked. Nobody can sign in with %(name)s any more.") % name)
        return redirect(visit.home)
    others = credentials.active_credentials_of(visit.identity).exclude(pk=passkey.pk)
    context = {
        "passkey": _passkey(passkey),
        "is_last": not others.exists(),
        "is_in_use": visit.session.credential_id == passkey.pk,
    }
    return show(request, visit, "hosted/me_revoke.html", context)


@person_view("POST")
def end_session(request: HttpRequest, visit: Visit) -> HttpResponse:
    wanted = sessions.get_session(visit.ctx, visit.realm, request.POST.get("session", ""))
    if wanted.identity_id != visit.identity.pk:
        raise NotFound("Session", str(wanted.pk))
    sessions_verbs.sign_out(visit.ctx, wanted)
    if wanted.pk == visit.session.pk:
        return _left(request, visit)
    messages.success(request, _("That browser is signed out."))
    return redirect(visit.home)


@person_view("GET", "HEAD", "POST", recent=True)
def sign_out_everywhere(request: HttpRequest, visit: Visit) -> HttpResponse:
    if request.method == "POST":
        sessions_verbs.sign_out_everywhere(visit.ctx, visit.identity)
        return _left(request, visit)
    count = sessions.sessions_of(visit.ctx, visit.identity).count()
    return show(request, visit, "hosted/me_everywhere.html", {"count": count})


def _left(request: HttpRequest, visit: Visit, passkey_name: str = "") -> HttpResponse:
    """`passkey_name`: of the one that was revoked; the browser is told at once, as nobody may come back to be told."""
    context: dict[str, Any] = {"passkey_name": passkey_name}
    if passkey_name:
        context["page_data"] = {"passkeys": options.accepted_passkeys(visit.identity)}
    response = show(request, visit, "hosted/me_left.html", context)
    cookies.clear(response, cookies.session_cookie(visit.realm.pk))
    response["Clear-Site-Data"] = '"cache"'
    return response


@person_view("POST")
def withdraw(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What an application was let have is taken back, with its tokens."""
    application = applications.get_application(visit.realm, request.POST.get("application", ""))
    consents.revoke_consent(visit.ctx, visit.identity, application)
    name = {"name": application.display_name}
    messages.success(request, _("%(name)s has no access any more. It asks again the next time you sign in.") % name)
    return redirect(visit.home)
