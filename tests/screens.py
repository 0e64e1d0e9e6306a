"""`make screens`: pictures of the pages for docs/screens, each at a desk by day, at a desk by night, and on a phone.

Run by pytest for the sake of its world, server and browser, but no test: it asserts nothing, and `make test` leaves it out.
The realm that is shown is furnished as a company's would be after a fortnight. Pictures are replaced one by one: one of the
pages is of the documentation, which shows some.
"""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from apps.directory.services import groups
from apps.events.models import Event
from apps.events.types import EventType
from apps.policy import selectors as policy
from apps.policy import services as policy_verbs
from apps.realms.models import Theme
from apps.web import cookies
from tests import ceremonies
from tests.browser import Desk
from tests.faces.console.conftest import sign_in  # noqa: F401 - a fixture
from tests.faces.hosted import at_a_desk
from tests.isolation import atlas
from tests.world import World, build, join

SCREENS = Path(__file__).resolve().parent.parent / "docs" / "screens"
_REALM = "console/realms/<realm_id>"
CONSOLE = {
    "home": f"{_REALM}/",
    "identities": f"{_REALM}/identities",
    "identity": f"{_REALM}/identities/<identity_id>",
    "identities-import": f"{_REALM}/identities/import",
    "identity-new": f"{_REALM}/identities/new",
    "groups": f"{_REALM}/groups",
    "group": f"{_REALM}/groups/<group_id>",
    "applications": f"{_REALM}/applications",
    "application": f"{_REALM}/applications/<application_id>",
    "application-configuration": f"{_REALM}/applications/<application_id>/configuration",
    "application-new": f"{_REALM}/applications/new",
    "application-sessions": f"{_REALM}/applications/<application_id>/sessions",
    "application-quick-start": f"{_REALM}/applications/<application_id>/quick-start",
    "authenticators": f"{_REALM}/authenticators",
    "authenticator": f"{_REALM}/authenticators/<config_id>",
    "authenticator-new": f"{_REALM}/authenticators/new",
    "identity-providers": f"{_REALM}/identity-providers",
    "identity-provider": f"{_REALM}/identity-providers/<provider_id>",
    "resource-server": f"{_REALM}/resource-servers/<resource_server_id>",
    "role": f"{_REALM}/roles/<role_id>",
    "policy": f"{_REALM}/policy",
    "policy-rule": f"{_REALM}/policy/rules/new",
    "policy-templates": f"{_REALM}/policy/templates",
    "policy-bench": f"{_REALM}/policy/try",
    "policy-replay": f"{_REALM}/policy/replay",
    "policy-versions": f"{_REALM}/policy/versions",
    "provisioning": f"{_REALM}/provisioning",
    "events": f"{_REALM}/events",
    "event-views": f"{_REALM}/events/views",
    "event": f"{_REALM}/events/<event_id>",
    "integrity": f"{_REALM}/events/integrity",
    "streams": f"{_REALM}/streams",
    "stream": f"{_REALM}/streams/<stream_id>",
    "branding": f"{_REALM}/branding",
    "mails": f"{_REALM}/mails",
    "signing-keys": f"{_REALM}/settings/signing-keys",
    "settings": f"{_REALM}/settings",
    "administrators": "console/administrators",
    "api-tokens": "console/api-tokens",
    "realms": "console/realms",
}
PRESSED = {"policy-replay": "Replay", "integrity": "Verify now", "policy-bench": "Ask the rules"}
SIZES: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}
_NAMES = (
    "Amara Okafor", "Anton Weber", "Aoife Byrne", "Beatriz Lima", "Chidi Eze", "Clara Neumann", "Daniel Costa",
    "Elif Kaya", "Emil Lindqvist", "Fatima Zahra", "Giulia Ricci", "Hana Suzuki", "Ines Moreau", "Jakub Nowak",
    "Kofi Mensah", "Lena Hoffmann", "Luca Bianchi", "Mei Tanaka", "Nadia Haddad", "Noah Fischer", "Olga Petrova",
    "Priya Raman", "Rafael Silva", "Sofia Rossi",
)  # fmt: skip


@pytest.fixture
def world(transactional_db: None, live_server: Any, settings: Any) -> Iterator[World]:
    settings.IDENTITY_CLOUD_API_URL = settings.IDENTITY_CLOUD_AUTH_URL = live_server.url
    settings.IDENTITY_CLOUD_CONSOLE_URL = live_server.url
    return build()


@pytest.fixture
def places(world: World) -> dict[str, str]:
    """A fortnight's traffic, departments, and one thing of each kind; names the things by their parameters."""
    here = world.acme.customers
    traffic = {"count": 12_000, "days": 12, "people": 40, "seal": True}
    call_command("load_events", realm=here.realm.pk, tenant=here.realm.tenant_id, verbosity=0, **traffic)
    people = [join(world.ctx, here.realm, name.split()[0].lower(), name, "acme.test") for name in _NAMES]
    for department, first in (("Engineering", 0), ("Field sales", 10), ("Support", 17)):
        group = groups.create_group(world.ctx, here.realm, display_name=department)
        groups.add_members(world.ctx, group, [person.pk for person in people[first : first + 9]])
    for person in people[::2]:
        ceremonies.give_passkey(world, person)
    office = {"attribute": "identity.group_ids", "operator": "contains_any", "value": [here.contractors.pk]}
    rules = policy.published(here.realm).rules
    draft = at_a_desk.rule("authentication", "deny", "Ask Ada.", office) | {"name": "Contractors wait for Ada"}
    policy_verbs.save_draft(world.ctx, here.realm, [draft, *rules])
    found = atlas.furnish(world, here)
    Theme.objects.filter(pk=found["theme_id"]).update(email_realm_name="Acme")
    sign_ins = Event.objects.filter(actor_id=here.bob.pk, type=EventType.AUTHENTICATION_TRANSACTION)
    return found | {"event_id": str(sign_ins.latest("id").pk)}


def picture(desk: Desk, name: str) -> None:
    desk.page.wait_for_load_state("networkidle")
    size = desk.page.viewport_size or {}
    height = min(desk.page.evaluate("document.documentElement.scrollHeight"), 2 * size["height"])
    clip = {"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1}
    told = {"format": "webp", "quality": 70, "captureBeyondViewport": True, "clip": clip}
    taken = desk.protocol.send("Page.captureScreenshot", told)
    (SCREENS / f"{name}.webp").write_bytes(base64.b64decode(taken["data"]))


def seated(sit_down: Callable[..., Desk], size: str, url: str, browser: Client | None = None) -> Desk:
    desk = sit_down(reduced_motion="reduce", **SIZES[size])
    if browser:
        name = cookies.console_cookie()
        desk.context.add_cookies([{"name": name, "value": browser.cookies[name].value, "url": url}])
    return desk


def test_the_console(
    world: World,
    places: dict[str, str],
    sit_down: Callable[..., Desk],
    live_server: Any,
    sign_in: Callable[..., Client],  # noqa: F811
) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    browser = sign_in(world.acme)
    for size in SIZES:
        desk = seated(sit_down, size, live_server.url, browser)
        for name, template in CONSOLE.items():
            desk.page.goto(atlas.Route(template, "console", ()).path(places))
            if name in PRESSED:
                desk.page.locator("main").get_by_role("button", name=PRESSED[name], exact=True).click()
            picture(desk, f"{name}-{size}")


def test_the_hosted_pages(world: World, sit_down: Callable[..., Desk], live_server: Any) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    ceremonies.open_codes(world, sign_up={"enabled": True})
    pages = {
        "start": "/",
        "sign-up-tenant": "/signup",
        "sign-in": authorization(world),
        "api-reference": "/docs/api",
        "docs": "/docs/getting-started",
    }
    for size in SIZES:
        desk = seated(sit_down, size, live_server.url)
        for name, path in pages.items():
            desk.page.goto(path)
            picture(desk, f"{name}-{size}")
        desk.page.goto(ceremonies.invite(world, world.bob).link)
        picture(desk, f"binding-{size}")
        desk.page.goto(pages["sign-in"])
        desk.page.get_by_label("E-mail", exact=False).first.fill("bob@acme.test")
        desk.page.keyboard.press("Enter")
        desk.page.get_by_role("heading", name="Enter the code").wait_for()
        picture(desk, f"code-{size}")
    known = {*CONSOLE, *pages, "binding", "code"}
    for path in SCREENS.glob("*.webp"):
        if path.stem.rpartition("-")[0] not in known:
            path.unlink()


def authorization(world: World) -> str:
    place = f"/v1/tenants/{world.acme.tenant.pk}/realms/{world.realm.pk}"
    return f"{place}/applications/{world.application.pk}/authorize?{ceremonies.client_of(world).query()}"
