"""Names and icons by AAGUID: short enough for the column, and every icon is there and harmless."""

import re
from pathlib import Path

from apps.credentials import providers
from apps.web.templatetags.ui import provider_icon

DRAWINGS = Path(__file__).resolve().parents[2] / "static" / "icons" / "providers"
AAGUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_a_provider_is_known_by_its_aaguid() -> None:
    bitwarden = "d548826e-79b4-db40-a3d8-11116f7e8349"
    assert (providers.provider_name(bitwarden), providers.icon_of(bitwarden)) == ("Bitwarden", "bitwarden")
    for unknown in ("", "00000000-0000-0000-0000-000000000000", "x"):
        assert (providers.provider_name(unknown), providers.icon_of(unknown)) == ("", "")


def test_the_list_is_sound_and_every_drawing_is_one_path() -> None:
    for aaguid, known in providers.PROVIDERS.items():
        assert AAGUID.fullmatch(aaguid)
        assert 0 < len(known["name"]) <= 64
        assert set(known) <= {"name", "icon"}
    icons = {known["icon"] for known in providers.PROVIDERS.values() if "icon" in known}
    assert icons == {path.stem for path in DRAWINGS.glob("*.svg")}
    for icon in icons:
        assert re.search(r'fill="currentColor" aria-hidden="true"><path d="[^"<>]+"/></svg>', provider_icon(icon))
