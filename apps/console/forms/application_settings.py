"""The form that changes an OAuth client: everything of its `protocol_config` that people should be able to choose.

What an application of its kind cannot have is not asked (a machine signs nobody out), and what the form does not ask stays.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.applications.protocol import DEVICE_CODE
from apps.console.durations import duration_choices, in_words
from apps.console.forms.application_choices import (
    FORMATS,
    METHODS,
    OF_CODES,
    OF_PEOPLE,
    OF_SECRETS,
    PKCE,
    PROFILES,
    SAME,
    SECURITY,
    SUBJECTS,
    SWITCHES,
)
from apps.console.forms.applications import FIELDS as BASIC_FIELDS
from apps.console.forms.applications import ROOT, ApplicationFields
from apps.console.forms.fields import JSONField, LinesField
from apps.console.forms.uses import signs_people_in
from apps.console.forms.versioned import VersionedForm
from apps.console.scope_choices import Offering
from apps.tokens.refresh_tokens import LIFETIME

_REFRESH = f"{ROOT}.token_configuration.refresh_token"
FIELDS: Mapping[str, str] = {
    **BASIC_FIELDS,
    f"{ROOT}.pkce": "pkce",
    f"{ROOT}.token_configuration.subject_field": "subject_field",
    f"{ROOT}.token_format": "token_format",
    f"{ROOT}.grant_type": "device_flow",
    f"{ROOT}.is_first_party": "third_party",
    f"{ROOT}.target_realm_id": "target_realm",
    f"{_REFRESH}.enabled": "refresh_enabled",
    f"{_REFRESH}.expires_after": "refresh_expires_after",
    f"{_REFRESH}.rotate": "refresh_rotates",
    f"{ROOT}.post_logout_redirect_uris": "post_logout_redirect_uris",
    f"{ROOT}.backchannel_logout_uri": "backchannel_logout_uri",
    f"{ROOT}.backchannel_logout_session_required": "backchannel_logout_session_required",
    f"{ROOT}.security_profile": "security_profile",
    f"{ROOT}.confidentiality": "security_profile",
    f"{ROOT}.token_endpoint_auth_method": "auth_method",
    f"{ROOT}.jwks": "jwks",
    f"{ROOT}.jwks_uri": "jwks_uri",
    f"{ROOT}.require_pushed_authorization_requests": "par",
    f"{ROOT}.require_signed_request_object": "signed",
    f"{ROOT}.dpop_bound_access_tokens": "dpop",
    f"{ROOT}.subject_type": "pairwise",
    f"{ROOT}.sector_identifier_uri": "sector_identifier_uri",
}


def _switch(label: Any, text: Any = "") -> forms.BooleanField:
    return forms.BooleanField(
        label=label, help_text=text, required=False, widget=forms.CheckboxInput(attrs={"class": "switch"})
    )


def _address(label: Any, text: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "placeholder": "https://"})
    return forms.CharField(label=label, help_text=text, required=False, max_length=2048, widget=widget)


class ApplicationForm(VersionedForm, ApplicationFields):
    """What may change of an application. Its kind, and what else the form does not show, stays."""

    target_realm = forms.ChoiceField(
        label=_("Acts on"), required=False, help_text=_("Which realms its tokens open at the management API.")
    )
    device_flow = _switch(
        _("Devices without a keyboard"), _("A television shows a code, and people sign in for it on their phone.")
    )
    third_party = _switch(
        _("Somebody else's application"), _("People are asked what it may have before they are signed in to it.")
    )
    token_format = forms.ChoiceField(label=_("Access tokens are"), choices=FORMATS, widget=forms.RadioSelect)
    subject_field = forms.ChoiceField(
        label=_("Subject"), choices=SUBJECTS, help_text=_("What stands in the sub claim.")
    )
    refresh_enabled = _switch(
        _("Give refresh tokens"), _("The application gets new access tokens without asking people to sign in again.")
    )
    refresh_expires_after = forms.TypedChoiceField(label=_("They work for"), coerce=int)
    refresh_rotates = _switch(
        _("A new one at each use"), _("If an old one turns up again, somebody copied it: all of them end.")
    )
    post_logout_redirect_uris = LinesField(
        label=_("After signing out, return to"),
        required=False,
        help_text=_("One URI per line, exactly as your application sends them."),
    )
    backchannel_logout_uri = _address(
        _("Back-channel logout URI"), _("We tell it when somebody's session ends, server to server.")
    )
    backchannel_logout_session_required = _switch(_("Always name the session that ended"))
    security_profile = forms.ChoiceField(label=_("Profile"), choices=PROFILES, widget=forms.RadioSelect)
    pkce = forms.ChoiceField(
        label=_("PKCE"), choices=PKCE, help_text=_("Ties a code to who asked for it. Leave it at S256.")
    )
    auth_method = forms.ChoiceField(label=_("The client proves itself by"), choices=METHODS, widget=forms.RadioSelect)
    jwks = JSONField(
        label=_("Public keys"), help_text=_('A JWK Set, {"keys": […]}. Never paste a private key, here or anywhere.')
    )
    jwks_uri = _address(_("Or where they are published"), _("A JWKS URI; we fetch it and keep it for a while."))
    par = _switch(
        _("Pushed authorization requests only"),
        _("What is asked for goes past the browser, where nobody can change it."),
    )
    signed = _switch(
        _("Signed authorization requests only"),
        _("Requests that the client did not sign with its key are refused (RFC 9101)."),
    )
    dpop = _switch(_("Tokens bound to the client's key (DPoP)"), _("A stolen token is worth nothing without the key."))
    pairwise = _switch(
        _("A different subject for each application"), _("Two applications cannot find out that they know one person.")
    )
    sector_identifier_uri = _address(
        _("Sector identifier URI"), _("Applications that share it see the same subjects. Lists their redirect URIs.")
    )

    def __init__(
        self, data: Any = None, *, row: Any, authenticators: Any, offering: Offering, realms: Collection[Any] = ()
    ) -> None:
        """`realms` of the tenant, to narrow an application of its admin realm to."""
        self.row = row
        super().__init__(data, stored=stored(row), read_at=row.updated_at)
        self.offer(authenticators, offering, seconds=row.token_expires_after_seconds)
        self.choose("refresh_expires_after", _refresh_lives(row.refresh_token_expires_after_seconds))
        self.choose("target_realm", [("", _("Every realm")), *((realm.pk, realm.display_name) for realm in realms)])
        if not row.is_confidential:
            self.choose("pkce", [choice for choice in PKCE if choice[0] != "disabled"])
        for name in _not_asked(row):
            self.fields.pop(name, None)

    @property
    def security_shown(self) -> bool:
        """What is wrong must not hide, nor what is more than usual."""
        row = self.row
        unusual = row.is_fapi2 or row.jwks or row.jwks_uri or row.requires_pushed_requests or row.requires_dpop
        return bool(unusual or row.subject_type != "public" or self.errors.keys() & set(SECURITY))

    def changes(self) -> dict[str, Any]:
        """What `update_application` takes: what the form shows, and nothing else."""
        changes = {"display_name": self.cleaned_data["name"], "protocol_config": self.asked()}
        if "authenticator" in self.fields:
            changes["authenticator_config"] = self.authenticator_config
        if "scopes" in self.fields:
            changes["resource_server"] = self.resource_server
        return changes

    def asked(self) -> dict[str, Any]:
        given = self.cleaned_data
        config = super().asked() | {name: given[name] for name in SAME if name in given}
        config |= {theirs: given[ours] for ours, theirs in SWITCHES.items() if ours in given}
        if "third_party" in given:
            config["is_first_party"] = not given["third_party"]
        if "pairwise" in given:
            config["subject_type"] = "pairwise" if given["pairwise"] else "public"
        if "target_realm" in given:
            config["target_realm_id"] = given["target_realm"]
        return {**config, **self._grants(), **self._method(), **self._refresh(config["token_configuration"])}

    def _grants(self) -> dict[str, Any]:
        if "device_flow" not in self.cleaned_data:
            return {}
        kept = [grant for grant in self.row.grant_types if grant != DEVICE_CODE]
        return {"grant_type": [*kept, DEVICE_CODE] if self.cleaned_data["device_flow"] else kept}

    def _method(self) -> dict[str, Any]:
        """Of the two ways to send a secret the one that was once said stays (contract/wire.md §1.7)."""
        if "auth_method" not in self.cleaned_data:
            return {}
        if self.cleaned_data["auth_method"] == "private_key_jwt":
            return {"token_endpoint_auth_method": "private_key_jwt"}
        said = self.row.token_endpoint_auth_method
        kept = said if said in ("client_secret_basic", "client_secret_post") else "client_secret_basic"
        return {"token_endpoint_auth_method": kept}

    def _refresh(self, token: dict[str, Any]) -> dict[str, Any]:
        given = self.cleaned_data
        if "refresh_enabled" not in given:
            return {}
        asked = {"enabled": given["refresh_enabled"], "expires_after": given["refresh_expires_after"]}
        if "refresh_rotates" in given:
            asked["rotate"] = given["refresh_rotates"]
        return {"token_configuration": {**token, "refresh_token": asked}}

    @property
    def resource_server(self) -> Any:
        """None chosen leaves the application with the one it has, and no scope of it."""
        return super().resource_server or self.row.resource_server


def _refresh_lives(present: int) -> list[tuple[int, str]]:
    """The usual first, which has a number of its own so that it may change one day."""
    usual = int(LIFETIME.total_seconds())
    others = [each for each in duration_choices(present) if each[0] and (each[0] != usual or present == usual)]
    return [(0, _now("%(life)s, the default") % {"life": in_words(usual)}), *others]


def _not_asked(row: Any) -> list[str]:
    absent: list[str] = []
    if not signs_people_in(row):
        absent += OF_PEOPLE
    if "authorization_code" not in row.grant_types:
        absent += OF_CODES
    if not row.is_confidential:
        absent += OF_SECRETS
    return absent if row.realm.is_admin else [*absent, "target_realm"]


def stored(row: Any) -> dict[str, Any]:
    """What an application holds, in the form's terms."""
    return {
        "name": row.display_name,
        "redirect_uris": row.redirect_uri_list,
        "authenticator": str(row.authenticator_config_id or ""),
        "scopes": [f"{row.resource_server_id} {scope}" for scope in row.allowed_scopes],
        "target_realm": row.target_realm_id or "",
        "device_flow": DEVICE_CODE in row.grant_types,
        "third_party": not row.is_first_party,
        "expires_after": row.token_expires_after_seconds,
        "signing_algorithm": row.token_signing_algorithm,
        "token_format": row.token_format,
        "subject_field": row.subject_field,
        "refresh_enabled": row.refresh_token_enabled,
        "refresh_expires_after": row.refresh_token_expires_after_seconds,
        "refresh_rotates": row.refresh_token_rotates,
        "post_logout_redirect_uris": row.post_logout_redirect_uri_list,
        "backchannel_logout_uri": row.backchannel_logout_uri,
        "backchannel_logout_session_required": row.backchannel_logout_session_required,
        "security_profile": row.security_profile,
        "pkce": row.pkce,
        "auth_method": "private_key_jwt" if row.token_endpoint_auth_method == "private_key_jwt" else "client_secret",
        "jwks": row.jwks,
        "jwks_uri": row.jwks_uri,
        "par": row.require_pushed_authorization_requests,
        "signed": row.require_signed_request_object,
        "dpop": row.dpop_bound_access_tokens,
        "pairwise": row.subject_type == "pairwise",
        "sector_identifier_uri": row.sector_identifier_uri,
    }
