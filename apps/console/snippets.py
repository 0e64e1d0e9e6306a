"""Code to copy: how an application talks to us, with its own names filled in. The secret is never among them; it is read
from the environment, where it belongs.

The texts are templates/console/snippets/<use>/<stack>.txt. What an administrator wrote into an application stands in them
between double quotes, so it comes as `json.dumps` writes it; an address holds no quote and no backslash anyway.
"""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.template import Context, Engine
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.console.forms.uses import API, MACHINE, NATIVE, SPA, WEB, use_of
from apps.tokens.issuer import endpoints_of

# (name, stack) of each use, in the order that they are offered in.
STACKS: Mapping[str, tuple[tuple[Any, str], ...]] = {
    WEB: (
        (_lazy("Node.js, with openid-client"), "node"),
        (_lazy("Python, with Flask and Authlib"), "python"),
        (_lazy("Next.js, with Auth.js"), "nextjs"),
        (_lazy("Go, with go-oidc"), "go"),
        (_lazy("Java, with Spring Boot"), "spring"),
        (_lazy("curl, step by step"), "curl"),
    ),
    SPA: (
        (_lazy("JavaScript, with oidc-client-ts"), "oidc_client_ts"),
        (_lazy("JavaScript, with oauth4webapi"), "oauth4webapi"),
        (_lazy("React, with react-oidc-context"), "react"),
        (_lazy("Angular, with angular-auth-oidc-client"), "angular"),
        (_lazy("curl, step by step"), "curl"),
    ),
    NATIVE: (
        (_lazy("iOS, with AppAuth"), "ios"),
        (_lazy("Android, with AppAuth"), "android"),
        (_lazy("Flutter, with flutter_appauth"), "flutter"),
        (_lazy("Node.js or Electron, with openid-client"), "node"),
        (_lazy("Python, with Authlib"), "python"),
        (_lazy("curl, step by step"), "curl"),
    ),
    MACHINE: (
        (_lazy("curl"), "curl"),
        (_lazy("Node.js, with openid-client"), "node"),
        (_lazy("Python, with Authlib"), "python"),
        (_lazy("Go, with oauth2"), "go"),
        (_lazy("Java, with nothing else"), "java"),
    ),
    API: (
        (_lazy("Node.js, with jose"), "node"),
        (_lazy("Python, with Flask and joserfc"), "python"),
        (_lazy("Go, with go-oidc"), "go"),
        (_lazy("Java, with Spring Boot"), "spring"),
        (_lazy("curl"), "curl"),
    ),
}
_SHARED = {"curl": WEB}  # of uses that ask for a code; the text is the same for all of them
_LOOPBACK_HOSTS = ("127.0.0.1", "::1")
_ENGINE = Engine(dirs=[str(settings.BASE_DIR / "templates" / "console" / "snippets")])


@dataclass(frozen=True, slots=True)
class Snippet:
    title: str
    code: str
    stack: str = ""


def of_application(application: Any) -> list[Snippet]:
    """None for a client that the code would not do for: its library's page says how it is told its keys, or to push."""
    if application.token_endpoint_auth_method == "private_key_jwt" or asks_for_more(application):
        return []
    use, values = use_of(application), _values(application)
    return [
        Snippet(str(title), _text(use, stack, values), stack) for title, stack in STACKS[use] if _fits(stack, values)
    ]


def asks_for_more(application: Any) -> bool:
    return bool(
        application.requires_pushed_requests or application.require_signed_request_object or application.requires_dpop
    )


def of_api(application: Any) -> list[Snippet]:
    """How the API that the application may call looks at its tokens; none where a token says nothing to
    who reads it, or is of no use without a key."""
    if application.resource_server is None or application.token_format != "self_contained" or application.requires_dpop:
        return []
    values = _values(application)
    return [
        Snippet(str(title), _text(API, stack, values), stack) for title, stack in STACKS[API] if _fits(stack, values)
    ]


def of_management_api(application: Any, realm: Any, config: Any) -> list[Snippet]:
    """Journeys of the management API: a token, a person in `realm`, and a link for a passkey made with `config`."""
    base = f"{settings.IDENTITY_CLOUD_API_URL}/v1/{realm.path}"
    identity = {
        "identity": {
            "display_name": "Ada Lovelace",
            "traits": {"type": "traits_v0", "username": "ada", "primary_email_address": "ada@example.com"},
        }
    }
    token = _text(MACHINE, "curl", _values(application))
    snippets = [
        Snippet(_("Get a token"), _kept("TOKEN", token, "access_token")),
        Snippet(_("Create an identity"), _kept("IDENTITY_ID", _post(f"{base}/identities", identity), "id")),
    ]
    if config is not None:
        job = {"job": {"delivery_method": "RETURN", "authenticator_config_id": str(config.pk)}}
        url = f"{base}/identities/$IDENTITY_ID/credential-binding-jobs"
        snippets.append(Snippet(_("Ask for a link to create a passkey"), _post(url, job)))
    return snippets


def _text(use: str, stack: str, values: Mapping[str, Any]) -> str:
    folder = _SHARED.get(stack, use) if use in (SPA, NATIVE) else use
    return _ENGINE.get_template(f"{folder}/{stack}.txt").render(Context(values, autoescape=False)).strip()


def _fits(stack: str, values: Mapping[str, Any]) -> bool:
    """Spring knows no EdDSA; a program that waits on this very machine needs a redirect URI that leads there."""
    if stack == "spring":
        return bool(values["algorithm"] != "EdDSA")
    return stack not in ("node", "python") or values["use"] != NATIVE or bool(values["loopback"])


def _values(application: Any) -> dict[str, Any]:
    endpoints = endpoints_of(application)
    scopes = ["openid", "profile", "email"] if application.protocol == "oidc" else list(application.allowed_scopes)
    server = application.resource_server
    return {
        "use": use_of(application),
        "issuer": endpoints.issuer,
        "discovery": endpoints.discovery,
        "token": endpoints.token,
        "jwks": endpoints.jwks,
        "client_id": application.client_id,
        "confidential": application.is_confidential,
        "algorithm": application.token_signing_algorithm,
        "insecure": endpoints.issuer.startswith("http:"),
        "scopes": [_quoted(scope) for scope in scopes],
        "scope": _quoted(" ".join(scopes)),
        "audience": _quoted(server.identifier) if server else "",
        "api_scope": _quoted(next(iter(application.allowed_scopes), "read")),
        **_redirects(application, endpoints.authorization, " ".join(scopes)),
    }


def _redirects(application: Any, authorization: str, scope: str) -> dict[str, Any]:
    """The address to come back to, whole and in the parts that a server is made of."""
    registered = application.redirect_uri_list or ["http://localhost:3000/callback"]
    own = [uri for uri in registered if urlsplit(uri).scheme not in ("http", "https")]
    loopback = next((uri for uri in registered if urlsplit(uri).hostname in _LOOPBACK_HOSTS), "")
    redirect = own[0] if own else registered[0]
    parts, here = urlsplit(redirect), urlsplit(loopback)
    asked = {"response_type": "code", "client_id": application.client_id, "redirect_uri": redirect, "scope": scope}
    return {
        "redirect": redirect,
        "redirect_dollar": redirect.replace("$", "\\$"),
        "redirect_scheme": parts.scheme,
        "redirect_host": parts.hostname or "",
        "redirect_form_shell": shlex.quote(f"redirect_uri={redirect}"),
        "private": parts.scheme not in ("http", "https"),
        "local": parts.scheme == "http",
        "path": parts.path or "/",
        "home": "/home" if parts.path in ("", "/") else "/",
        "port": parts.port or 3000,
        "authorize_shell": shlex.quote(f"{authorization}?{urlencode(asked)}"),
        "loopback": loopback,
        "loopback_host": f"[{here.hostname}]" if here.hostname == "::1" else here.hostname or "",
        "loopback_address": here.hostname or "",
        "loopback_port": here.port or 0,
        "loopback_path": here.path,
    }


def _quoted(text: str) -> str:
    return json.dumps(text)[1:-1]


def _post(url: str, body: dict[str, Any]) -> str:
    return f"""curl --silent --header "Authorization: Bearer $TOKEN" \\
  --json '{json.dumps(body)}' \\
  "{url}\""""


def _kept(variable: str, command: str, field: str) -> str:
    """The command, with one field of its answer kept for the next."""
    reading = f"python3 -c 'import json, sys; print(json.load(sys.stdin)[\"{field}\"])'"
    return f"{variable}=$({command} \\\n  | {reading})"
