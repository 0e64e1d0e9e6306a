"""A binding link may be followed by anybody and anything; it gives itself away only to its token, and dies in words."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client as Browser

from apps.authenticators import services as authenticators
from apps.core import ids
from apps.credentials import invoke
from apps.credentials.models import CredentialBindingJob
from apps.credentials.selectors import get_job, state_of
from apps.credentials.services import jobs
from apps.credentials.services.jobs import JobWithLink
from apps.events.types import EventType
from tests import ceremonies, record
from tests.faces import doors
from tests.world import World


@pytest.fixture
def invitation(world: World) -> JobWithLink:
    return ceremonies.invite(world, world.bob, post_binding_redirect_uri="https://shop.acme.test/welcome")


def state(invitation: JobWithLink) -> str:
    return state_of(get_job(invitation.job.realm, invitation.job.pk))


def embedded(world: World, invoke_url: str) -> JobWithLink:
    config = {"type": "embedded", "invoke_url": invoke_url, "trusted_origins": [], "authentication_methods": []}
    made = authenticators.create_authenticator_config(world.ctx, world.realm, display_name="App", config=config)
    return ceremonies.invite(world, world.bob, made)


def kill(world: World, invitation: JobWithLink, how: str) -> str:
    """The link, dead in the given way."""
    link = invitation.link
    if how == "expired":
        past = world.ctx.now - timedelta(seconds=1)
        CredentialBindingJob.objects.filter(pk=invitation.job.pk).update(expires_at=past)
    elif how == "used":
        ceremonies.bind(world.visitor, invitation, ceremonies.SoftPasskey())
    elif how == "revoked":
        jobs.revoke_job(world.ctx, invitation.job)
    elif how == "tampered":
        link = link[:-2] + ("AA" if not link.endswith("AA") else "BB")
    return link


DEAD = {
    "expired": (410, "This link has expired"),
    "used": (410, "This link was used"),
    "revoked": (410, "This link was withdrawn"),
    "tampered": (401, "This link is not complete"),
}


def test_a_browser_is_shown_on_to_the_hosted_page(invitation: JobWithLink, client: Browser) -> None:
    answer = doors.open_link(client, invitation.link)
    assert answer.status_code == 302
    shown = urlsplit(answer["Location"])
    assert f"{shown.scheme}://{shown.netloc}{shown.path}".startswith(f"{ceremonies.origin()}/authenticator/v1/tenants/")
    asked = {name: values[0] for name, values in parse_qs(shown.query).items()}
    assert asked == invoke.bind_parameters(invitation.job, ceremonies.token_of(invitation.link))
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "no-store"
    assert client.get(doors.path_of(answer["Location"])).status_code == 200


def test_an_sdk_is_told_the_six_fields(invitation: JobWithLink, client: Browser) -> None:
    answer = doors.open_link(client, invitation.link, accept="application/json")
    assert answer.status_code == 200
    assert answer.json() == invoke.bind_parameters(invitation.job, ceremonies.token_of(invitation.link))
    assert "Accept" in answer["Vary"]


@pytest.mark.parametrize("invoke_url", ["https://app.acme.test/start/", "com.acme.shop://passkeys"])
def test_an_app_of_its_own_is_called_by_its_own_url(world: World, client: Browser, invoke_url: str) -> None:
    answer = doors.open_link(client, embedded(world, invoke_url).link)
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{invoke_url.rstrip('/')}/bind?api_base_url=")


def test_mail_scanners_consume_nothing(invitation: JobWithLink, client: Browser) -> None:
    for _ in range(10):
        assert doors.open_link(client, invitation.link).status_code == 302
        assert client.get(doors.bind_page(invitation)).status_code == 200
        assert client.head(doors.path_of(invitation.link)).status_code == 302
        assert client.head(doors.bind_page(invitation)).status_code == 200
    assert doors.call(client, invitation, "bind", doors.proof(invitation)).status_code == 200


def test_a_look_without_opening_opens_nothing(invitation: JobWithLink, client: Browser) -> None:
    client.head(doors.path_of(invitation.link))
    assert state(invitation) == "LINK_SENT"


def test_the_job_tells_how_far_it_came_each_step_once(invitation: JobWithLink, world: World, client: Browser) -> None:
    for _ in range(2):
        doors.open_link(client, invitation.link)
    assert state(invitation) == "LINK_OPENED"
    for _ in range(2):
        assert doors.call(client, invitation, "getInfo").status_code == 200
    assert state(invitation) == "REQUEST_DELIVERED"
    doors.open_link(client, invitation.link)
    assert state(invitation) == "REQUEST_DELIVERED"
    doors.call(client, invitation, "bind", doors.proof(invitation))
    assert state(invitation) == "COMPLETE"
    events = record.events(world.realm, correlation_id=invitation.job.correlation_id)
    changed = [each for each in events if each.type == EventType.CREDENTIAL_BINDING_JOB_CHANGE]
    actions = [each.data["action"] for each in changed]
    assert actions == ["CREATE", "LINK_OPENED", "REQUEST_DELIVERED", "COMPLETE"]
    assert {each.type for each in events} >= {EventType.POLICY_EVALUATION, EventType.CREDENTIAL_CHANGE}


def test_the_authenticator_is_told_what_it_binds(invitation: JobWithLink, world: World, client: Browser) -> None:
    info = doors.call(client, invitation, "getInfo").json()
    assert info["tenant"] == {"display_name": "Acme"}
    assert info["realm"] == {"display_name": "Customers"}
    assert info["identity"]["display_name"] == "Bob Baker"
    assert info["identity"]["traits"] == {
        "type": "traits_v0", "username": "bob", "primary_email_address": "bob@acme.test",
    }  # fmt: skip
    assert all(info["theme"][name].startswith("http") for name in ("logo_url_light", "logo_url_dark", "support_url"))
    config = info["authenticator_config"]
    assert (config["id"], config["tenant_id"], config["realm_id"]) == (
        str(world.acme.customers.config.pk), world.acme.tenant.pk, world.realm.pk,
    )  # fmt: skip
    assert config["config"]["type"] == "hosted_web"
    assert info["post_binding_redirect_uri"] == "https://shop.acme.test/welcome"


@pytest.mark.parametrize("how", DEAD)
def test_a_dead_link_says_how_it_died_and_what_to_do(
    world: World, invitation: JobWithLink, client: Browser, how: str
) -> None:
    status, heading = DEAD[how]
    link = kill(world, invitation, how)
    page = doors.open_link(client, link)
    assert page.status_code == status
    assert f"<h1>{heading}</h1>" in page.content.decode()
    assert page["Content-Type"].startswith("text/html")
    told = doors.open_link(client, link, accept="application/json")
    assert told.status_code == status
    assert doors.reason(told) == {"tampered": "link_unknown"}.get(how, f"link_{how}")
    followed = client.get(doors.bind_page(invitation, token=ceremonies.token_of(link)))
    assert followed.status_code == status
    assert f"<h1>{heading}</h1>" in followed.content.decode()
    noted = record.last(world.realm, EventType.CREDENTIAL_BINDING_JOB_CHANGE)
    assert noted.outcome == doors.reason(told).upper()


@pytest.mark.parametrize("part", ["tenant_id", "realm_id", "identity_id", "job_id"])
def test_a_token_opens_only_the_very_job_it_was_made_for(
    world: World, invitation: JobWithLink, client: Browser, part: str
) -> None:
    other = ceremonies.invite(world, world.acme.customers.carol)
    elsewhere = ceremonies.invite(world, world.evil.customers.bob)
    swapped = {
        "tenant_id": (invitation.job.tenant_id, elsewhere.job.tenant_id),
        "realm_id": (invitation.job.realm_id, world.acme.staff.realm.pk),
        "identity_id": (invitation.job.identity_id, other.job.identity_id),
        "job_id": (invitation.job.pk, other.job.pk),
    }[part]
    path = invoke.job_path(invitation.job).replace(*swapped)
    token = ceremonies.token_of(invitation.link)
    assert client.get(f"{path}:invokeAuthenticator", {"token": token}).status_code == 401
    assert doors.call(client, invitation, "getInfo", path=path).status_code == 401
    answer = doors.call(client, invitation, "bind", doors.proof(invitation), path=path)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert state(invitation) == "LINK_SENT"
    assert state(other) == "LINK_SENT"


@pytest.mark.parametrize("verb", ["getInfo", "bind"])
def test_without_the_token_nothing_is_told(invitation: JobWithLink, client: Browser, verb: str) -> None:
    path = f"{invoke.job_path(invitation.job)}:{verb}"
    for authorization in ("", "Bearer", "Bearer  ", "Basic abc", "Bearer wrong", "Bearer \u00e4"):
        answer = client.post(path, b"{}", content_type=doors.JSON, headers={"Authorization": authorization})
        assert answer.status_code == 401
        assert answer.json()["code"] == "unauthorized"


def test_what_no_realm_knows_is_answered_like_a_wrong_token(invitation: JobWithLink, client: Browser) -> None:
    unknown = invoke.job_path(invitation.job).replace(invitation.job.realm_id, ids.short_id())
    wrong = invoke.job_path(invitation.job)
    bodies = [
        client.get(f"{path}:invokeAuthenticator", {"token": "x"}, headers={"Accept": "application/json"}).content
        for path in (unknown, wrong)
    ]
    assert bodies[0] == bodies[1]


def test_links_are_followed_only_so_often(
    invitation: JobWithLink, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.web import limits

    monkeypatch.setattr(limits, "LINKS", limits.Limit("links", 2, 3600))
    page = [doors.open_link(client, invitation.link) for _ in range(3)][-1]
    assert (page.status_code, page["RateLimit-Limit"], page["RateLimit-Remaining"]) == (429, "2", "0")
    answer = doors.open_link(client, invitation.link, accept="application/json")
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert 0 < int(answer["Retry-After"]) <= 3600


def test_only_the_methods_that_are_meant_are_answered(invitation: JobWithLink, client: Browser) -> None:
    path = invoke.job_path(invitation.job)
    for method, verb in (("post", "invokeAuthenticator"), ("get", "getInfo"), ("get", "bind"), ("put", "bind")):
        answer = getattr(client, method)(f"{path}:{verb}")
        assert answer.status_code == 405
        assert answer["Allow"]
        if verb != "invokeAuthenticator":  # a browser's door: its errors are pages
            assert answer.json()["code"] == "method_not_allowed"
