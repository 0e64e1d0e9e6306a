"""A person at a desk with the hosted pages on the screen."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe

from apps.directory.models import Identity
from apps.policy import services as policy
from tests import ceremonies
from tests.browser import Desk
from tests.world import World

CREATE = "Create your passkey"
READY = "text=Your passkey is ready"
CONTINUE = "Continue with a passkey"
SETTLED = """Promise.all(document.getAnimations()
  // A spinner never ends, and what nobody sees (a menu that is closed) never says that it has.
  .filter((each) => each.effect.target.checkVisibility() && each.effect.getComputedTiming().endTime !== Infinity)
  .map((each) => each.finished.catch(() => {})))
  .then(() => new Promise(requestAnimationFrame))"""


def press(desk: Desk, name: str) -> None:
    desk.page.get_by_role("button", name=name).click()


def make_passkey(world: World, desk: Desk, identity: Identity, **further: Any) -> str:
    """Follows a link and makes a passkey; returns the link."""
    link = ceremonies.invite(world, identity, **further).link
    desk.page.goto(link)
    press(desk, CREATE)
    desk.page.wait_for_selector(READY)
    return link


def in_the_shop(desk: Desk) -> None:
    desk.page.wait_for_selector("text=welcome to the shop")


def forget_session(desk: Desk) -> None:
    desk.context.clear_cookies()


def rules(world: World, *made: dict[str, Any]) -> None:
    policy.save_draft(world.ctx, world.realm, list(made))
    policy.publish_draft(world.ctx, world.realm)


def rule(transaction: str, action: str, message: str = "", condition: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "id": f"{action}-{transaction}", "name": action, "transaction": transaction, "condition": condition or {},
        "action": {"type": action, **({"message": message} if message else {})},
    }  # fmt: skip


def accessible(desk: Desk) -> None:
    """No serious fault for machines that read aloud, and nothing that sticks out of a narrow phone."""
    for scheme in ("light", "dark"):
        desk.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        desk.page.evaluate(SETTLED)
        faults = Axe().run(desk.page).response["violations"]
        assert not faults, [
            (scheme, fault["id"], [node["target"] + node["any"] for node in fault["nodes"]]) for fault in faults
        ]
    desk.page.set_viewport_size({"width": 320, "height": 640})
    assert desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    desk.page.set_viewport_size({"width": 1280, "height": 720})


def tab_to(desk: Desk, words: str) -> None:
    for _ in range(12):
        desk.page.keyboard.press("Tab")
        if words in desk.page.evaluate("document.activeElement.textContent"):
            return
    raise AssertionError(f"no way to {words!r} by keyboard")
