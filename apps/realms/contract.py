"""Realms, themes and logos as the contract writes and reads them (contract/wire.md §1.3, §1.9). Pure."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.core import names
from apps.core.errors import Checks, Invalid, Violation, checked_fields
from apps.core.times import rfc3339
from apps.realms import logos, themes
from apps.realms.email_templates import ROOT, WORDED, Wording
from apps.realms.mail_kinds import KINDS
from apps.realms.models import Logo, Realm, Theme, ThemeDraft
from apps.realms.services import checked_retention, customer_classification

_REALM_READ_ONLY = frozenset({"id", "tenant_id", "create_time", "update_time"})
_THEME_READ_ONLY = frozenset({"id", "tenant_id", "realm_id", "create_time", "update_time"})
_DRAFT_READ_ONLY = frozenset({"tenant_id", "realm_id", "is_overtaken", "update_time", "updated_by"})

_REALM: Checks = {
    "display_name": names.display_name,
    "classification": customer_classification,
    "event_retention_days": checked_retention,
}


def realm_json(realm: Realm) -> dict[str, Any]:
    return {
        "id": realm.pk,
        "tenant_id": realm.tenant_id,
        "display_name": realm.display_name,
        "classification": realm.classification,
        "event_retention_days": realm.event_retention_days,
        "create_time": rfc3339(realm.created_at),
        "update_time": rfc3339(realm.updated_at),
    }


def theme_json(theme: Theme) -> dict[str, Any]:
    """Every field but those that a realm without a theme of its own cannot have: an id, and times."""
    stored = not theme._state.adding
    times = {"create_time": rfc3339(theme.created_at), "update_time": rfc3339(theme.updated_at)} if stored else {}
    return {
        **({"id": str(theme.pk)} if stored else {}),
        "tenant_id": theme.tenant_id,
        "realm_id": theme.realm_id,
        **{name: logos.address_of(getattr(theme, name)) for name in themes.CHECKS},
        **times,
    }


def theme_draft_json(draft: ThemeDraft, live_version: datetime) -> dict[str, Any]:
    """Shape of our own. Until somebody works on it, it says what is live, and nobody changed it at no time."""
    kept = not draft._state.adding
    changed = {"update_time": rfc3339(draft.updated_at), "updated_by": draft.updated_by_name} if kept else {}
    return {
        "tenant_id": draft.tenant_id,
        "realm_id": draft.realm_id,
        **{name: logos.address_of(getattr(draft, name)) for name in themes.CHECKS},
        "is_overtaken": kept and draft.based_on != live_version,
        **changed,
    }


def parse_theme_draft(given: Mapping[str, Any], *, root: str = "theme") -> dict[str, Any]:
    """What `keep_draft` takes. Raises Invalid with every violation."""
    return checked_fields(given, themes.CHECKS, root=root, ignored=_DRAFT_READ_ONLY)


def parse_publication(given: Mapping[str, Any]) -> dict[str, Any]:
    """What `publish_draft` takes besides the look. Raises Invalid."""
    unknown = [Violation(str(name), "unknown field") for name in given if name != "accept_contrast"]
    if not isinstance(given.get("accept_contrast", False), bool):
        unknown.append(Violation("accept_contrast", "not a boolean"))
    if unknown:
        raise Invalid(unknown)
    return dict(given)


def logo_json(logo: Logo) -> dict[str, Any]:
    """Shape of our own. `url` is what a theme names."""
    return {
        "id": str(logo.pk),
        "tenant_id": logo.tenant_id,
        "realm_id": logo.realm_id,
        "url": logos.address_of(logos.path_of(logo)),
        "media_type": logo.media_type,
        "width": logo.width,
        "height": logo.height,
        "create_time": rfc3339(logo.created_at),
    }


def parse_logo(given: Mapping[str, Any], *, root: str = "logo") -> bytes:
    """The picture that `keep_logo` takes, out of its base64 (RFC 4648 §4). Raises Invalid."""
    return bytes(checked_fields(given, {"content": _decoded}, root=root, required=("content",))["content"])


def _decoded(given: Any, *, field: str) -> bytes:
    if not isinstance(given, str):
        raise Invalid(Violation(field, "not a string"))
    try:
        return base64.b64decode(given, validate=True)
    except ValueError:
        raise Invalid(Violation(field, "not base64")) from None


def parse_realm(given: Mapping[str, Any], *, root: str = "realm") -> dict[str, Any]:
    """What `create_realm` takes. Raises Invalid with every violation."""
    return checked_fields(given, _REALM, root=root, required=("display_name",), ignored=_REALM_READ_ONLY)


def parse_realm_changes(given: Mapping[str, Any], *, root: str = "realm") -> dict[str, Any]:
    """What `update_realm` takes. Raises Invalid with every violation."""
    return checked_fields(given, _REALM, root=root, ignored=_REALM_READ_ONLY)


def parse_theme(given: Mapping[str, Any], *, root: str = "theme") -> dict[str, Any]:
    """What `create_theme` takes. Raises Invalid with every violation."""
    return checked_fields(given, themes.CHECKS, root=root, required=("email_realm_name",), ignored=_THEME_READ_ONLY)


def parse_theme_changes(given: Mapping[str, Any], *, root: str = "theme") -> dict[str, Any]:
    """What `update_theme` takes. Raises Invalid with every violation."""
    return checked_fields(given, themes.CHECKS, root=root, ignored=_THEME_READ_ONLY)


_WORDING_READ_ONLY = frozenset("kind realm_id tenant_id variables is_default create_time update_time".split())


def email_template_json(wording: Wording) -> dict[str, Any]:
    """Shape of our own: how the realm words a kind of mail, and what it may name there."""
    stored = wording.created_at is not None
    times = {"create_time": rfc3339(wording.created_at), "update_time": rfc3339(wording.updated_at)} if stored else {}
    return {
        "kind": wording.kind,
        "realm_id": wording.realm.pk,
        "tenant_id": wording.realm.tenant_id,
        **{name: getattr(wording, name) for name in WORDED},
        "variables": [
            {"name": name, "description": known.about, "required": known.needed}
            for name, known in KINDS[wording.kind].variables.items()
        ],
        "is_default": wording.is_default,
        **times,
    }


def parse_email_template_changes(given: Mapping[str, Any], *, root: str = ROOT) -> dict[str, Any]:
    """What a request says of the wording, for the verb to judge: it knows the kind. Raises Invalid for unknown fields."""
    unknown = [name for name in given if name not in WORDED and name not in _WORDING_READ_ONLY]
    if unknown:
        raise Invalid([Violation(f"{root}.{name}", "unknown field") for name in unknown])
    return {name: given[name] for name in WORDED if name in given}
