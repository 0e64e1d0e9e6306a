"""Answers by a form that posts itself (OAuth 2.0 Form Post Response Mode; RFC 9207 §2)."""

import json
from urllib.parse import urlsplit

import pytest
import time_machine

from apps.core.secrets import base64url
from apps.tokens.services.codes import CODE_SECONDS
from tests import ceremonies
from tests.faces.oidc.shop import Shop, answer_to, leads_to_authenticator, posted_to
from tests.world import REDIRECT_URI


def posted(shop: Shop, **changes: str | None) -> dict[str, str]:
    return posted_to(shop.authorize(response_mode="form_post", **changes), REDIRECT_URI)


def page_after(shop: Shop, done: ceremonies.Authenticated) -> str:
    """The page of ours that the sign-in page's script goes to."""
    parts = urlsplit(done.redirect_url)
    assert f"{parts.scheme}://{parts.netloc}" == ceremonies.origin()
    assert done.code not in done.redirect_url
    return f"{parts.path}?{parts.query}"


def test_a_session_is_answered_by_form(shop: Shop) -> None:
    shop.sign_in()
    fields = posted(shop)
    assert set(fields) == {"code", "state", "iss"}
    assert (fields["state"], fields["iss"]) == (shop.party.state, shop.issuer)
    assert shop.token(shop.party.form(fields["code"])).status_code == 200


def test_a_proof_too(shop: Shop) -> None:
    assert leads_to_authenticator(shop.authorize(response_mode="form_post"))
    done = ceremonies.sign_in(shop.world.visitor, shop.party, shop.passkey, response_mode="form_post")
    fields = posted_to(shop.browser.get(page_after(shop, done)), REDIRECT_URI)
    assert fields == {"code": done.code, "state": shop.party.state, "iss": shop.issuer}
    assert shop.token(shop.party.form(fields["code"])).status_code == 200


def test_and_so_are_errors(shop: Shop) -> None:
    for changes in ({"prompt": "none"}, {"response_type": "token"}, {"max_age": "x"}, {"scope": "nothing"}):
        fields = posted(shop, **changes)
        assert fields["error"]
        assert (fields["state"], fields["iss"]) == (shop.party.state, shop.issuer)


UNREAD = "eyJhbGciOiJub25lIn0"


def unsigned(**parameters: object) -> str:
    return f"{UNREAD}.{base64url(json.dumps(parameters).encode())}."


def test_a_request_object_that_is_not_taken_is_refused_where_its_client_listens(shop: Shop) -> None:
    """OpenID Connect Core §3.1.2.6, §6.1: the object's parameters are the request's, so the answer goes by them."""
    inside = unsigned(response_mode="form_post", state="of the object")
    fields = posted_to(shop.authorize(request=inside, state=None), REDIRECT_URI)
    assert fields["error"] == "request_not_supported"
    assert (fields["state"], fields["iss"]) == ("of the object", shop.issuer)
    assert posted(shop, request=unsigned(state="of the object"))["state"] == shop.party.state


@pytest.mark.parametrize(
    "inside",
    ["", "x.y.z", UNREAD, unsigned(response_mode=["form_post"]), unsigned(response_mode="fragment"),
     unsigned(response_mode="form_post", state="\0"), unsigned(response_mode="form_post", state="\ud800"),
     unsigned(state="x" * 2049), unsigned(redirect_uri="https://evil.test/", state={})],
)  # fmt: skip
def test_what_cannot_be_read_in_one_changes_nothing(shop: Shop, inside: str) -> None:
    answer = answer_to(shop.authorize(request=inside or ".", state=None), REDIRECT_URI)
    assert answer["error"] == "request_not_supported"
    assert "state" not in answer


def test_an_unknown_redirect_uri_is_posted_to_by_nobody(shop: Shop) -> None:
    response = shop.authorize(response_mode="form_post", redirect_uri="https://evil.test/")
    assert response.status_code == 400
    assert b"<form" not in response.content


def test_the_page_is_kept_by_nobody_and_runs_no_script_but_ours(shop: Shop) -> None:
    shop.sign_in()
    response = shop.authorize(response_mode="form_post")
    policy = response["Content-Security-Policy"]
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "'unsafe-inline'" not in policy
    assert "form-action 'self' http:" in policy
    assert b"onload" not in response.content
    assert b"form_post.js" in response.content
    assert b'<button type="submit"' in response.content


@pytest.mark.parametrize("state", ['"><script>alert(1)</script>', "<\u00fc&=%'> +", "x" * 2048])
def test_whatever_the_state_is_it_is_text(shop: Shop, state: str) -> None:
    shop.party.state = state
    assert posted(shop, prompt="none")["state"] == state


def test_an_app_of_its_own_scheme_cannot_be_posted_to(shop: Shop) -> None:
    uri = "com.example.desk:/done"
    shop.register("Desk", redirect_uri=uri, confidentiality="public")
    response = shop.authorize(response_mode="form_post")
    assert answer_to(response, uri)["error"] == "invalid_request"


@pytest.mark.parametrize("sealed", ["", "x", "A" * 40, "%00", "\u00fc", "A" * 4000])
def test_an_answer_that_we_did_not_seal_is_none(shop: Shop, sealed: str) -> None:
    response = shop.browser.get(shop.path("answer"), {"sealed": sealed})
    assert response.status_code in (400, 404)
    assert b"<form" not in response.content


def test_one_of_another_application_is_none_either_and_an_old_one_is_over(shop: Shop) -> None:
    done = ceremonies.sign_in(shop.world.visitor, shop.party, shop.passkey, response_mode="form_post")
    path = page_after(shop, done)
    other = shop.world.acme.staff.application
    assert shop.browser.get(path.replace(shop.application.path, other.path)).status_code == 404
    with time_machine.travel(shop.world.ctx.now.timestamp() + CODE_SECONDS + 60):
        assert shop.browser.get(path).status_code == 410
