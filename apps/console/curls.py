"""The management API's side of a page, as commands to copy: what it shows, one more like it, what it does.

All of them read an access token from $TOKEN. Ids are the page's own; names come from outside, so whatever is quoted is
quoted for the shell here and nowhere else.
"""

import json
import shlex
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from apps.applications.contract import application_json
from apps.authenticators.contract import authenticator_config_json
from apps.core.names import DISPLAY_NAME_LENGTH, USERNAME_LENGTH
from apps.directory.contract import group_json, identity_json
from apps.realms import selectors as realms
from apps.tokens.services.named_tokens import NamedToken, opens_management_api

_SHORT = 72
_TOKEN = "$TOKEN"  # noqa: S105 - a name in a shell
# Where a new token is tried: the first that it may read, as a path under a realm.
_FIRST_LOOKS = (
    ("identities:read", "/identities"),
    ("groups:read", "/groups"),
    ("applications:read", "/applications"),
    ("credentials:read", "/identities/-/credentials"),
    ("credential-binding-jobs:read", "/identities/-/credential-binding-jobs"),
    ("authenticator-configs:read", "/authenticator-configs"),
    ("resource-servers:read", "/resource-servers"),
    ("themes:read", "/themes/active"),
    ("realms:read", ""),
)


@dataclass(frozen=True, slots=True)
class Curl:
    """`scope` is what the token needs; who does not hold it is not offered the command."""

    title: str
    command: str
    scope: str = ""


def of_realm(realm: Any) -> list[Curl]:
    return [_get(_("Read this realm"), _url(realm), "realms:read")]


def of_identities(realm: Any) -> list[Curl]:
    url = _url(realm, "/identities")
    return [
        _get(_("List the first twenty"), f"{url}?page_size=20", "identities:read"),
        _find(_("Find one by username"), url, 'traits.username eq "ada"', "identities:read"),
        _send("POST", _("Add one"), url, {"identity": _ADA}, "identities:create"),
    ]


def of_identity(realm: Any, identity: Any) -> list[Curl]:
    everybody = _url(realm, "/identities")
    url = f"{everybody}/{identity.pk}"
    return [
        _get(_("Read this identity"), url, "identities:read"),
        _get(_("List its passkeys"), f"{url}/credentials", "credentials:read"),
        _get(_("List its groups"), f"{url}:listGroups", "groups:read"),
        _send("PATCH", _("Suspend it"), url, {"identity": {"status": "suspended"}}, "identities:update"),
        _send("POST", _("Add one like it"), everybody, {"identity": _like_identity(identity)}, "identities:create"),
    ]


def binding_link(realm: Any, identity: Any, config: Any) -> Curl:
    url = _url(realm, f"/identities/{identity.pk}/credential-binding-jobs")
    job = {"job": {"delivery_method": "RETURN", "authenticator_config_id": str(config.pk)}}
    return _send("POST", _("Ask for a link to create a passkey"), url, job, "credential-binding-jobs:create")


def of_groups(realm: Any) -> list[Curl]:
    url = _url(realm, "/groups")
    group = {"display_name": "Night shift", "description": "Who is in at night"}
    return [
        _get(_("List the first twenty"), f"{url}?page_size=20", "groups:read"),
        _send("POST", _("Create one"), url, {"group": group}, "groups:create"),
    ]


def of_group(realm: Any, group: Any) -> list[Curl]:
    everything = _url(realm, "/groups")
    url = f"{everything}/{group.pk}"
    told = group_json(group)
    alike = {"display_name": _another(group.display_name), "description": told["description"]}
    return [
        _get(_("Read this group"), url, "groups:read"),
        _get(_("List its members"), f"{url}:listMembers", "identities:read"),
        _command(_("Add a member"), f"\\\n  --json {_A_MEMBER} \\\n  {_quoted(f'{url}:addMembers')}", "groups:update"),
        _send("POST", _("Create one like it"), everything, {"group": alike}, "groups:create"),
    ]


def of_applications(realm: Any) -> list[Curl]:
    return [_get(_("List the first twenty"), _url(realm, "/applications?page_size=20"), "applications:read")]


def of_application(application: Any) -> list[Curl]:
    everything = _url(application.realm, "/applications")
    url = f"{everything}/{application.pk}"
    told = application_json(application)
    kept = {name: told[name] for name in told if name in ("resource_server_id", "authenticator_config_id")}
    config = {name: value for name, value in told["protocol_config"].items() if name != "client_id"}
    alike = {"display_name": _another(application.display_name), **kept, "protocol_config": config}
    return [
        _get(_("Read this application"), url, "applications:read"),
        _get(_("List its tokens"), f"{url}/tokens", "tokens:read"),
        _send("POST", _("Create one like it"), everything, {"application": alike}, "applications:create"),
    ]


def of_tokens(application: Any) -> list[Curl]:
    url = _url(application.realm, f"/applications/{application.pk}/tokens")
    token = {"display_name": "Nightly import", "scopes": application.allowed_scopes[:1], "expires_after": 60}
    return [
        _get(_("List the tokens that work"), url, "tokens:read"),
        _send("POST", _("Make one"), url, {"token": token}, "tokens:create"),
        _command(_("Revoke one"), f"--request DELETE \\\n  {_quoted(f'{url}/$TOKEN_ID')}", "tokens:delete"),
    ]


def of_authenticators(realm: Any) -> list[Curl]:
    return [
        _get(
            _("List the first twenty"), _url(realm, "/authenticator-configs?page_size=20"), "authenticator-configs:read"
        )
    ]


def of_authenticator(realm: Any, config: Any) -> list[Curl]:
    everything = _url(realm, "/authenticator-configs")
    alike = {"display_name": _another(config.display_name), "config": authenticator_config_json(config)["config"]}
    body = {"authenticator_config": alike}
    return [
        _get(_("Read this authenticator"), f"{everything}/{config.pk}", "authenticator-configs:read"),
        _send("POST", _("Create one like it"), everything, body, "authenticator-configs:create"),
    ]


def of_signing_keys(realm: Any) -> list[Curl]:
    return [
        _get(_("List the keys"), _url(realm, "/signing-keys"), "realms:read"),
        _command(
            _("Rotate them"), f"--request POST \\\n  {_quoted(_url(realm, '/signing-keys:rotate'))}", "realms:update"
        ),
    ]


def with_token(tenant: Any, application: Any, made: NamedToken) -> Curl | None:
    """The first thing to try a new token with; None for a token of somebody's own API, which only they know."""
    look = next(((path, scope) for scope, path in _FIRST_LOOKS if scope in made.scopes), None)
    if look is None or not opens_management_api(application):
        return None
    first = realms.realms_in(tenant.pk).exclude(classification="ADMIN").first()
    realm = application.target_realm or first or application.realm
    tried = _get("", _url(realm, look[0]), look[1])
    title = _("Try it, on the realm %(name)s") % {"name": realm.display_name}
    return Curl(title, f"TOKEN={shlex.quote(made.token)}\n{tried.command}", look[1])


_A_MEMBER = """'{"identity_ids": ["'"$IDENTITY_ID"'"]}'"""
_ADA = {
    "display_name": "Ada Lovelace",
    "traits": {"type": "traits_v0", "username": "ada", "primary_email_address": "ada@example.com"},
}


def _like_identity(identity: Any) -> dict[str, Any]:
    """Without what must be nobody else's."""
    told = identity_json(identity)
    traits = {name: value for name, value in told["traits"].items() if name != "external_id"}
    traits["username"] = f"{identity.username[: USERNAME_LENGTH - 2]}-2"
    return {"display_name": told["display_name"], "traits": traits}


def _another(name: str) -> str:
    return f"{name[: DISPLAY_NAME_LENGTH - 2]} 2"


def of_event_streams(realm: Any) -> list[Curl]:
    url = _url(realm, "/event-streams")
    stream = {"display_name": "SIEM", "type": "webhook", "settings": {"url": "https://siem.example/hook"}}
    return [
        _get(_("List them"), url, "event-streams:read"),
        _send("POST", _("Create one"), url, {"event_stream": stream}, "event-streams:create"),
    ]


def of_event_stream(realm: Any, stream: Any) -> list[Curl]:
    url = _url(realm, f"/event-streams/{stream.pk}")
    paused = {"event_stream": {"enabled": False}}
    return [
        _get(_("Read this stream"), url, "event-streams:read"),
        _get(_("List what was given up"), f"{url}/deliveries?state=DEAD", "event-streams:read"),
        _send("POST", _("Send a test event"), f"{url}:test", {}, "event-streams:update"),
        _send("POST", _("Send again what was given up"), f"{url}:replay", {}, "event-streams:update"),
        _send("PATCH", _("Pause it"), url, paused, "event-streams:update"),
    ]


def of_identity_providers(realm: Any) -> list[Curl]:
    url = _url(realm, "/identity-providers")
    provider = {
        "display_name": "Contoso",
        "type": "oidc",
        "issuer": "https://login.contoso.example",
        "client_id": "identity-cloud",
        "client_secret": "the secret from there",
        "link_by_verified_email": True,
    }
    return [
        _get(_("List them"), url, "identity-providers:read"),
        _send("POST", _("Create one"), url, {"identity_provider": provider}, "identity-providers:create"),
    ]


def of_identity_provider(realm: Any, provider: Any) -> list[Curl]:
    url = _url(realm, f"/identity-providers/{provider.pk}")
    shut = {"identity_provider": {"enabled": False}}
    return [
        _get(_("Read this provider"), url, "identity-providers:read"),
        _send("POST", _("Check it"), f"{url}:test", {}, "identity-providers:update"),
        _send("PATCH", _("Let nobody sign in through it"), url, shut, "identity-providers:update"),
    ]


def _url(realm: Any, path: str = "") -> str:
    return f"{settings.IDENTITY_CLOUD_API_URL}/v1/{realm.path}{path}"


def _get(title: str, url: str, scope: str) -> Curl:
    return _command(title, f"\\\n  {_quoted(url)}", scope)


def _find(title: str, url: str, wanted: str, scope: str) -> Curl:
    return _command(
        title, f"--get \\\n  --data-urlencode {shlex.quote(f'filter={wanted}')} \\\n  {_quoted(url)}", scope
    )


def _send(method: str, title: str, url: str, body: dict[str, Any], scope: str) -> Curl:
    asked = "" if method == "POST" else f"--request {method} "
    short = json.dumps(body, ensure_ascii=False)
    sent = shlex.quote(short if len(short) <= _SHORT else json.dumps(body, indent=2, ensure_ascii=False))
    return _command(title, f"{asked}\\\n  --json {sent} \\\n  {_quoted(url)}", scope)


def _command(title: str, rest: str, scope: str) -> Curl:
    return Curl(title, f'curl --silent --header "Authorization: Bearer {_TOKEN}" {rest}', scope)


def _quoted(url: str) -> str:
    """Of our own host and ids, which hold nothing that a shell reads; a variable in it is meant."""
    return f'"{url}"'
