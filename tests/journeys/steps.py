"""What people do more than once in these journeys, found on the page the way a screen reader finds it."""

import re

from playwright.sync_api import Page, expect

from apps.applications.models import Application
from apps.credentials.models import CredentialBindingJob
from apps.directory.models import Identity
from apps.tokens.issuer import endpoints_of
from tests import ceremonies
from tests.browser import Desk
from tests.world import REDIRECT_URI, World

CONSOLE = re.compile(r"/console/(realms/\w+/?)?$")


def create_passkey(page: Page, link: str) -> None:
    """Follows a binding link and creates the passkey; ends on the page that says so."""
    page.goto(link)
    page.get_by_role("button", name="Create your passkey").click()
    expect(page.get_by_role("heading", name="Your passkey is ready")).to_be_visible()


def give_passkey(world: World, page: Page, identity: Identity) -> None:
    create_passkey(page, ceremonies.invite(world, identity).link)


def open_console(world: World, desk: Desk) -> Page:
    """Ada makes her passkey, and signs in with it: where every journey in the console begins."""
    page = desk.page
    give_passkey(world, page, world.ada)
    page.goto(f"/console/login?tenant={world.acme.tenant.pk}")
    expect(page).to_have_url(CONSOLE)
    return page


def ask_to_sign_in(page: Page, application: Application) -> None:
    """The application sends the browser here. Nothing listens at its redirect URI, and nothing has to."""
    page.route(f"{REDIRECT_URI}?*", lambda route: route.fulfill(body="back at the application"))
    page.goto(f"{endpoints_of(application).authorization}?{ceremonies.Client(application, '').query()}")


def comes_back_with_a_code(page: Page) -> None:
    page.wait_for_url(re.compile(f"{re.escape(REDIRECT_URI)}[?]code="))


def go(page: Page, place: str) -> None:
    """By the rail of the console."""
    page.get_by_role("navigation", name="Console").get_by_role("link", name=place, exact=True).click()
    expect(page.get_by_role("heading", level=1, name=place)).to_be_visible()


def open_realm(page: Page, name: str) -> None:
    page.goto("/console/realms")
    page.get_by_role("main").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def job_of(identity: Identity) -> CredentialBindingJob:
    """The newest."""
    return CredentialBindingJob.objects.filter(identity=identity).latest("created_at")
