"""The mailed link: whose it is, what is collected, the passkey, and where one goes from there."""

from playwright.sync_api import Page, expect

from apps.credentials.models import Binding, JobState
from apps.credentials.services import jobs
from apps.events.types import EventType
from tests import ceremonies, record
from tests.browser import Desk
from tests.journeys.post_office import PostOffice
from tests.journeys.steps import job_of
from tests.world import World


def onward() -> str:
    """Stands for the application that the person is to land in."""
    return f"{ceremonies.origin()}/healthz?welcome=bob"


def mailed_link(world: World, page: Page, post_office: PostOffice) -> str:
    """Ada's console sent it."""
    bob, config = world.bob, world.acme.customers.config
    jobs.create_job(
        world.ctx, bob, delivery_method="EMAIL", authenticator_config=config, post_binding_redirect_uri=onward()
    )
    return post_office.link_to("bob@acme.test", page)


def test_from_the_mail_to_the_application(world: World, desk: Desk, post_office: PostOffice) -> None:
    page = desk.page
    page.goto(mailed_link(world, page, post_office))
    expect(page.get_by_role("heading", name="Create your passkey")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Customers")
    expect(page.get_by_role("main")).to_contain_text("Bob Baker")
    assert job_of(world.bob).state in (JobState.LINK_OPENED, JobState.REQUEST_DELIVERED)

    page.get_by_text("What we collect").click()
    for signal in ("Browser", "Language", "Time zone"):
        expect(page.get_by_role("main").get_by_text(signal, exact=True)).to_be_visible()

    page.get_by_role("button", name="Create your passkey").click()
    expect(page.get_by_role("heading", name="Your passkey is ready")).to_be_visible()
    job = job_of(world.bob)
    assert job.state == JobState.COMPLETE
    assert job.credential is not None
    assert job.credential.binding == Binding.HARDWARE
    assert len(desk.passkeys()) == 1
    made = record.last(world.realm, EventType.CREDENTIAL_CHANGE)
    assert made.actor_id == world.bob.pk
    assert made.data["personal"]["signals"]

    page.get_by_role("link", name="Continue").click()
    page.wait_for_url(onward())


def test_a_finger_refused_is_not_the_end_of_the_link(world: World, desk: Desk) -> None:
    page = desk.page
    desk.verify_user(False)
    page.goto(ceremonies.invite(world, world.bob).link)
    page.get_by_role("button", name="Create your passkey").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert job_of(world.bob).state != JobState.COMPLETE
    desk.verify_user(True)
    page.get_by_role("button", name="Create your passkey").click()
    expect(page.get_by_role("heading", name="Your passkey is ready")).to_be_visible()


def test_a_second_passkey_in_the_same_browser_is_not_made(world: World, desk: Desk) -> None:
    page = desk.page
    first, second = (ceremonies.invite(world, world.bob).link for _ in range(2))
    page.goto(first)
    page.get_by_role("button", name="Create your passkey").click()
    expect(page.get_by_role("heading", name="Your passkey is ready")).to_be_visible()
    page.goto(second)
    page.get_by_role("button", name="Create your passkey").click()
    expect(page.get_by_text("You have a passkey on this device")).to_be_visible()
    assert len(desk.passkeys()) == 1
