"""Sign-up: from an organisation's name to the console, with a passkey and no password."""

import json
from io import StringIO

from django.core.management import call_command
from playwright.sync_api import APIRequestContext, Page, expect

from apps.credentials.models import CredentialBindingJob, JobState
from apps.directory.models import Identity
from apps.tenants.models import Tenant
from tests.journeys.post_office import PostOffice
from tests.journeys.steps import CONSOLE, create_passkey


def fetched_by_a_scanner(requests: APIRequestContext, link: str) -> None:
    """Mail scanners follow links, redirects and all, and must use up nothing."""
    for _ in range(3):
        assert requests.get(link).status == 200


def arrives_in_the_console(page: Page, organisation: str) -> None:
    """The passkey made a moment ago is known here, so the sign-in page asks for it by itself."""
    page.get_by_role("link", name="Continue").click()
    expect(page).to_have_url(CONSOLE)
    expect(page.get_by_role("navigation", name="Breadcrumb")).to_contain_text(organisation)


def test_by_the_form_and_the_mail(page: Page, post_office: PostOffice) -> None:
    page.goto("/signup")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_text("Say what your organisation is called.")).to_be_visible()
    page.get_by_label("Organisation").fill("Globex")
    page.get_by_label("Your name").fill("Hank Scorpio")
    page.get_by_label("E-mail").fill("hank@globex")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_text("Give an address like")).to_be_visible()
    assert not Tenant.objects.exists()
    page.get_by_label("E-mail").fill("hank@globex.test")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    expect(page.get_by_text("hank@globex.test")).to_be_visible()

    link = post_office.link_to("hank@globex.test", page)
    fetched_by_a_scanner(page.context.request, link)
    assert CredentialBindingJob.objects.get().state == JobState.LINK_OPENED
    create_passkey(page, link)
    assert CredentialBindingJob.objects.get().state == JobState.COMPLETE
    arrives_in_the_console(page, "Globex")

    page.goto("/console/realms")
    for realm in ("Identity Cloud Admin Realm", "My First Realm"):
        expect(page.get_by_role("main").get_by_role("link", name=realm)).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="My First Realm").click()
    page.get_by_role("link", name="Applications").first.click()
    expect(page.get_by_role("link", name="My First Application")).to_be_visible()


def test_by_the_command(page: Page) -> None:
    said = StringIO()
    call_command("create_tenant", "--name", "Initech", "--admin-email", "bill@initech.test", "--json", stdout=said)
    told = json.loads(said.getvalue())
    fetched_by_a_scanner(page.context.request, told["binding_link"])
    create_passkey(page, told["binding_link"])
    arrives_in_the_console(page, "Initech")
    assert Identity.objects.get(pk=told["admin_identity_id"]).credentials.count() == 1


def test_a_used_link_is_told_in_a_friendly_way_and_opens_nothing(page: Page) -> None:
    said = StringIO()
    call_command("create_tenant", "--name", "Initech", "--admin-email", "bill@initech.test", "--json", stdout=said)
    link = json.loads(said.getvalue())["binding_link"]
    create_passkey(page, link)
    assert page.goto(link).status == 410
    expect(page.get_by_role("heading", name="This link was used")).to_be_visible()
    assert page.goto(f"{link[:-1]}{'a' if link[-1] != 'a' else 'b'}").status == 401
    expect(page.get_by_role("heading", name="This link is not complete")).to_be_visible()
