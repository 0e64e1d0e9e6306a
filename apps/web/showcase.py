"""The design system on show, in embedded mode only: every component, and whole pages to judge them together.

The people and things are made up here and touch no database.
"""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html

from apps.web.showcase_samples import CURL, JSON, NAV, PEOPLE, REALM, REALMS, SIGNALS

PAGES = ("parts", "list", "empty", "detail", "form", "events", "sign-in", "choose", "bind", "code", "done", "problem")


class ApplicationForm(forms.Form):
    """Every kind of control, filled in the way a person would."""

    name = forms.CharField(max_length=64, initial="Payroll", help_text="People see it when they sign in.")
    contact = forms.EmailField(required=False, label="Contact", help_text="Who to ask when it breaks.")
    client_type = forms.ChoiceField(
        widget=forms.RadioSelect,
        initial="confidential",
        choices=[
            ("confidential", "Confidential\nRuns on a server and keeps a secret."),
            ("public", "Public\nRuns in a browser or on a phone and proves itself with PKCE alone."),
        ],
    )
    redirect_uris = forms.CharField(
        label="Redirect URIs",
        widget=forms.Textarea(attrs={"rows": 3}),
        initial="https://payroll.contoso.example/callback",
        help_text="One per line. They must match exactly.",
    )
    resource_server = forms.ChoiceField(
        required=False, choices=[("", "None"), ("api", "Payroll API"), ("management", "Management API")]
    )
    scopes = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        initial=["openid", "email"],
        choices=[("openid", "openid"), ("email", "email"), ("profile", "profile\nName, username and language.")],
    )
    enabled = forms.BooleanField(
        required=False, initial=True, label="People can sign in", widget=forms.CheckboxInput({"class": "switch"})
    )
    acknowledged = forms.BooleanField(label="The owner of this application knows about it")


class SignInForm(forms.Form):
    """The hosted pages' two questions."""

    email = forms.EmailField(widget=forms.EmailInput(attrs={"autocomplete": "username webauthn"}))
    code = forms.CharField(label="Code", max_length=6)


def _people(now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "username": username,
            "state": state,
            "passkeys": passkeys,
            "id": f"{index:02d}f4c9a1e7{index:02d}b3d2a6"[:16],
            "last_sign_in": None if hours is None else now - timedelta(hours=hours),
            "created_at": now - timedelta(days=3 + index * 17),
        }
        for index, (name, username, state, passkeys, hours) in enumerate(PEOPLE, start=10)
    ]


def _event(now: datetime, minutes: float, outcome: str, meta: str, sentence: str, *names: str) -> dict[str, Any]:
    marked = [format_html("<strong>{}</strong>", name) for name in names]
    return {
        "sentence": format_html(sentence, *marked),
        "outcome": outcome,
        "moment": now - timedelta(minutes=minutes),
        "meta": meta,
    }


def _events(now: datetime) -> list[dict[str, Any]]:
    berlin, lisbon = "Berlin · Firefox on macOS", "Lisbon · Chrome on Windows"
    return [
        _event(now, 1, "ALLOW", berlin, "{} signed in to {} with a hardware passkey", "Ada Lovelace", "Payroll"),
        _event(now, 1.2, "SUCCESS", "Rule 2, version 7", "Policy allowed {} to use {}", "Ada Lovelace", "Payroll"),
        _event(now, 9, "DENY", lisbon, "{} was denied {}: “Payroll is closed”", "Alan Turing", "Payroll"),
        _event(now, 44, "SUCCESS", berlin, "{} made the passkey {}", "Grace Hopper", "MacBook Pro"),
        _event(now, 130, "LINK_SENT", "by Marie Curie", "A binding link was mailed to {}", "Łukasz Ćwikła"),
        _event(now, 300, "invalid_client", lisbon, "{} failed to get a token", "Nightly import"),
        _event(now, 1500, "SUCCESS", "by Marie Curie", "{} was suspended", "Alan Turing"),
        _event(now, 2900, "SUCCESS", "Version 7", "{} published the policy", "Marie Curie"),
    ]


def _passkeys(now: datetime) -> list[dict[str, Any]]:
    kinds = [
        ("MacBook Pro", "hardware", "Touch ID", "ACTIVE", 90, 0),
        ("iPhone", "synced", "iCloud Keychain", "ACTIVE", 40, 6),
        ("Firefox on Linux", "software", "", "ACTIVE", 2, None),
        ("Old security key", "hardware", "YubiKey 5 NFC", "REVOKED", 700, 300),
    ]
    return [
        {
            "id": f"passkey-{name}",
            "name": name,
            "binding": binding,
            "provider_name": provider,
            "state": state,
            "created_at": now - timedelta(days=created),
            "last_used_at": None if used is None else now - timedelta(days=used),
        }
        for name, binding, provider, state, created, used in kinds
    ]


def _frame(page: str) -> dict[str, Any]:
    """What console/base.html needs."""
    crumbs = {"list": ["Identities"], "detail": ["Identities", "Ada Lovelace"], "events": ["Events"]}
    crumbs |= {"form": ["Applications", "Payroll"], "parts": ["Design"]}
    return {
        "brand": "Identity Cloud",
        "tenant": {"id": "000176d94fd7b4d1", "display_name": "Contoso"},
        "realm": REALM,
        "realms": REALMS,
        "administrator": {"display_name": "Marie Curie", "username": "marie@contoso.example"},
        "crumbs": [{"label": label, "url": "?page=list"} for label in crumbs.get(page, [])],
        "tenant_url": "?",
        "realm_url": "?",
        "all_realms_url": "?page=empty",
        "new_realm_url": "?page=form",
        "help_url": "?",
        "account_url": "?",
        "nav": [
            {
                "label": label,
                "items": [
                    {
                        "label": words,
                        "icon": icon,
                        "url": f"?page={target}",
                        "current": target == page or (target == "list" and page == "detail"),
                    }
                    for words, icon, target in items
                ],
            }
            for label, items in NAV
        ],
    }


def showcase(request: HttpRequest) -> HttpResponse:
    """One page of the showcase, chosen by ?page=; 404 outside embedded mode."""
    page = request.GET.get("page", "parts")
    if not (settings.DEBUG or getattr(settings, "EMBEDDED", False)) or page not in PAGES:
        raise Http404
    if "toast" in request.GET:
        messages.success(request, "Passkey revoked. Ada can no longer sign in with it.")
        messages.error(request, "The mail could not be sent. The address refuses it.")
    now = timezone.now()
    filled = {"name": "", "client_type": "public", "redirect_uris": "http://payroll", "contact": "not an address"}
    context = _frame(page) | {
        "pages": PAGES,
        "people": _people(now),
        "events": _events(now),
        "passkeys": _passkeys(now),
        "signals": SIGNALS,
        "form": ApplicationForm(filled if "errors" in request.GET else None),
        "sign_in": SignInForm(),
        "soon": now + timedelta(days=7),
        "organization_name": "Contoso",
        "realm_name": "Contoso Staff",
        "support_url": "?",
        "theme_css_url": request.GET.get("theme"),
        "page": page,
        "curl": CURL,
        "json": JSON,
        **_lists(page),
    }
    return render(request, f"web/showcase/{page.replace('-', '_')}.html", context)


def _lists(page: str) -> dict[str, Any]:
    """Tabs, filters and steps: the literal lists a template cannot write down."""
    return {
        "tabs": [
            {"label": "Overview", "url": "?page=detail", "current": page == "detail"},
            {"label": "Groups", "url": "#", "count": 3},
            {"label": "Roles", "url": "#", "count": 0},
            {"label": "Events", "url": "?page=events"},
        ],
        "filters": [
            {"label": "All", "url": "?page=list", "current": True},
            {"label": "Active", "url": "#", "count": 8},
            {"label": "Suspended", "url": "#", "count": 1},
            {"label": "Without a passkey", "url": "#", "count": 1},
        ],
        "steps": [
            {"label": "Check your mail", "state": "done"},
            {"label": "Create a passkey", "state": "current"},
            {"label": "Sign in", "state": "next"},
        ],
    }
