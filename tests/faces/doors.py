"""What people and their authenticators do at the hosted pages and the SDK's endpoints, over HTTP."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.http import HttpResponse
from django.test import Client as Browser

from apps.core import secrets
from apps.credentials import invoke
from apps.credentials.services import passkeys
from apps.credentials.services.jobs import JobWithLink
from apps.tokens.issuer import endpoints_of
from tests import ceremonies
from tests.authenticator import SoftPasskey
from tests.ceremonies import Client

JSON = "application/json"
_PAGE_DATA = re.compile(r'<script id="page-data" type="application/json">(.*?)</script>', re.DOTALL)


def path_of(url: str) -> str:
    """What a browser asks the server for: path and query."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def open_link(browser: Browser, link: str, accept: str = "text/html,*/*;q=0.8") -> HttpResponse:
    return browser.get(path_of(link), headers={"Accept": accept})


def bind_page(invitation: JobWithLink, **changes: str) -> str:
    """The hosted page a browser is shown on to; `changes` swap parameters of its query."""
    token = ceremonies.token_of(invitation.link)
    url = urlsplit(invoke.bind_page(invitation.job, invitation.job.authenticator_config, token))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    return f"{url.path}?{urlencode({**query, **changes})}"


def call(browser: Browser, invitation: JobWithLink, verb: str, body: Any = None, **changes: Any) -> HttpResponse:
    """POSTs to …/J:getInfo or …/J:bind. `changes`: token, path, or any header."""
    token = changes.pop("token", None) or ceremonies.token_of(invitation.link)
    path = changes.pop("path", None) or invoke.job_path(invitation.job)
    raw = body if isinstance(body, bytes) else json.dumps(body) if body is not None else b""
    headers = {"Authorization": f"Bearer {token}", **changes.pop("headers", {})}
    return browser.post(f"{path}:{verb}", raw, content_type=JSON, headers=headers)


def proof(invitation: JobWithLink, passkey: SoftPasskey | None = None, **lies: Any) -> dict[str, Any]:
    """The body of a right :bind, unless `lies` say otherwise."""
    job, token = invitation.job, ceremonies.token_of(invitation.link)
    handle = secrets.from_base64url(passkeys.user_handle(job.identity))
    challenge = lies.pop("challenge", None) or ceremonies.bind_challenge(job, token)
    made = (passkey or SoftPasskey()).create(
        challenge, origin=lies.pop("origin", ceremonies.origin()), user_handle=handle, **lies
    )
    return {"type": "WEBAUTHN", "raw": made.raw, "signals": {"platform": "macOS"}}


def data_of(page: HttpResponse) -> dict[str, Any]:
    """What the page gives its script."""
    found = _PAGE_DATA.search(page.content.decode())
    assert found, page.content.decode()[:3000]
    return json.loads(found[1])


def sent_to(browser: Browser, client: Client, **changes: str | None) -> str:
    """The application sends the browser to sign in: where it ends up."""
    where = urlsplit(endpoints_of(client.application).authorization).path
    answer = browser.get(f"{where}?{client.query(**changes)}")
    assert answer.status_code == 302, answer.content
    return answer["Location"]


def arrive(browser: Browser, client: Client, **changes: str | None) -> dict[str, Any]:
    """The data of the sign-in page that an authorization request leads to."""
    page = browser.get(path_of(sent_to(browser, client, **changes)))
    assert page.status_code == 200, page.content
    return data_of(page)


def answer(browser: Browser, page: dict[str, Any], signed: Any, **changes: Any) -> HttpResponse:
    """POSTs a proof as the page's script does. `changes`: origin (None leaves it out), url, or members of the body."""
    origin = changes.pop("origin", page["origin"])
    url = changes.pop("url", page["authenticateUrl"])
    body = {"transaction_id": page["transactionId"], "proof": signed, "signals": {"platform": "macOS"}, **changes}
    headers = {"Origin": origin} if origin is not None else {}
    return browser.post(url, json.dumps(body), content_type=JSON, headers=headers)


def signed(page: dict[str, Any], passkey: SoftPasskey, **lies: Any) -> dict[str, Any]:
    """The passkey's signature over the page's challenge, or over `challenge`."""
    challenge = secrets.from_base64url(lies.pop("challenge", page["publicKey"]["challenge"]))
    return passkey.get(challenge, origin=lies.pop("origin", ceremonies.origin()), **lies)


def violations(response: HttpResponse) -> dict[str, str]:
    assert response.status_code == 400, response.content
    return {each["field"]: each["description"] for each in response.json()["details"][0]["field_violations"]}


def reason(response: HttpResponse) -> str:
    return response.json()["details"][0]["reason"]
