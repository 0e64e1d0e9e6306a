"""What people do more than once in these journeys, found on the page the way a screen reader finds it."""

import re

from playwright.sync_api import Page, expect

from apps.credentials.models import CredentialBindingJob
from apps.directory.models import Identity
from tests import ceremonies
from tests.browser import Desk
from tests.world import World

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


def job_of(identity: Identity) -> CredentialBindingJob:
    """The newest."""
    return CredentialBindingJob.objects.filter(identity=identity).latest("created_at")
