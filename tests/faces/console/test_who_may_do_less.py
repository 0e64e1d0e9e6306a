"""Administrators by role: no page that they may open leads them to one that they may not."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from apps.onboarding import seeds
from tests.isolation import atlas
from tests.world import World

pytestmark = pytest.mark.django_db

_LINK = re.compile(r'href="(/console/[^"#]*)')


@pytest.mark.parametrize("role", seeds.ADMIN_ROLES, ids=lambda role: role.name)
def test_no_page_leads_to_one_that_is_refused(
    world: World, clerk: Callable[..., Client], role: seeds.AdminRole
) -> None:
    here, browser = atlas.furnish(world, world.acme.customers), clerk(*role.scopes)
    found: dict[str, str] = {}
    for route in atlas.routes("console"):
        answer = browser.get(route.path(here))
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html") and not answer.streaming:
            for address in _LINK.findall(answer.content.decode()):
                found.setdefault(unescape(address), str(route))
    assert len(found) > 50
    pages = {address: route for address, route in found.items() if "/export" not in address and "/try" not in address}
    assert not {address: route for address, route in pages.items() if browser.get(address).status_code == 403}
