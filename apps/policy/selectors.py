"""Reading a realm's policy. Parsed rules are kept per process, keyed by the version's row: a version never changes, so
only the question "which version is in force" goes to the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Exists, Q, QuerySet

from apps.core.errors import Invalid, NotFound, Violation
from apps.core.known_statements import KnownQuery
from apps.core.rows import Key, Page, Sorts, walk
from apps.policy import engine, expectations
from apps.policy.expectations import Expectation
from apps.policy.models import PolicyDraft, PolicyTests, PolicyVersion
from apps.realms.models import Realm

PUBLISHED, DRAFT = "published", "draft"
_LARGEST_VERSION = 2**31 - 1
VERSION_SORTS = Sorts("-version", version=Key("version", is_unique=True, descending=True))


def published(realm: Realm) -> PolicyVersion:
    version = PolicyVersion.objects.filter(realm=realm).order_by("-version").first()
    if version is None:
        raise NotFound("Policy", realm.pk)
    return version


def versions_in(realm: Realm) -> "QuerySet[PolicyVersion]":
    return PolicyVersion.objects.filter(realm=realm).order_by("-version")


def page_of_versions(
    realm: Realm, *, text: str = "", sort: str = "", before: str = "", after: str = "", size: int = 50
) -> Page:
    """`text` stands somewhere in the comment or the name of who published it, or is the number. A cursor is the id of one of
    the realm's versions."""
    found = versions_in(realm)
    if text:
        fits = Q(comment__icontains=text) | Q(published_by_name__icontains=text)
        found = found.filter(fits | Q(version=int(text)) if _is_number(text) else fits)
    return walk(versions_in(realm), found, VERSION_SORTS.key(sort), before, after, size)


def get_version(realm: Realm, number: str | int) -> PolicyVersion:
    """Raises NotFound; for what is no number, too."""
    text = str(number)
    found = None
    if _is_number(text):
        found = PolicyVersion.objects.filter(realm=realm, version=int(text)).first()
    if found is None:
        raise NotFound("PolicyVersion", text[:64])
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= _LARGEST_VERSION


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rules to try something on. `version` is the number in force, of the draft the one it is based on."""

    label: str  # "published", "draft" or the number
    version: int
    rules: tuple[engine.Rule, ...]


def chosen(realm: Realm, version: object) -> Chosen:
    """`version`: "published", "draft" or a number. Raises Invalid, NotFound."""
    if version == PUBLISHED:
        number, rules = rules_in_force(realm)
        return Chosen(PUBLISHED, number, rules)
    if version == DRAFT:
        draft = draft_of(realm)
        return Chosen(DRAFT, draft.base_version, engine.parse(draft.rules))
    if isinstance(version, bool) or not isinstance(version, (int, str)) or not str(version).isdigit():
        raise Invalid(Violation("version", 'must be "published", "draft" or the number of a version'))
    found = get_version(realm, version)
    return Chosen(str(found.version), found.version, _parsed(found.pk))


def tests_of(realm: Realm) -> PolicyTests:
    """The realm's policy tests, or an unsaved row without any."""
    found = PolicyTests.objects.filter(realm=realm).first()
    return found or PolicyTests(realm=realm, tenant_id=realm.tenant_id, tests=[], updated_at=realm.created_at)


def expectations_of(realm: Realm) -> tuple[Expectation, ...]:
    return expectations.parse(tests_of(realm).tests)


def rule_names(realm: Realm, versions: Iterable[int]) -> dict[tuple[int, str], str]:
    """(version, rule id) → name, for telling of decisions made long ago."""
    return dict(_rule_names(realm.pk, frozenset(each for each in versions if isinstance(each, int))))


@lru_cache(maxsize=256)
def _rule_names(realm_id: str, versions: frozenset[int]) -> dict[tuple[int, str], str]:
    """Asked once: what was published never changes."""
    rows = PolicyVersion.objects.filter(realm=realm_id, version__in=versions).values_list("version", "rules")
    return {(version, rule["id"]): rule.get("name", "") for version, rules in rows for rule in rules}


def draft_of(realm: Realm) -> PolicyDraft:
    """The draft, or an unsaved one (revision 0) that equals the published version."""
    draft = PolicyDraft.objects.filter(realm=realm).first()
    if draft is not None:
        return draft
    version = published(realm)
    return PolicyDraft(
        realm=realm,
        tenant_id=realm.tenant_id,
        base_version=version.version,
        revision=0,
        rules=version.rules,
        updated_at=version.created_at,
    )


def has_unpublished_changes(realm: Realm) -> bool:
    return PolicyDraft.objects.filter(realm=realm).exists()


def unpublished_changes(realm: Realm) -> Exists:
    """The same as an expression, to be asked beside others."""
    return Exists(PolicyDraft.objects.filter(realm=realm))


@dataclass(frozen=True, slots=True)
class InForce:
    """`version` 0 without rules where nothing was ever published: nobody is let in."""

    version: int = 0
    rules: tuple[engine.Rule, ...] = ()


def rules_in_force(realm: Realm) -> tuple[int, tuple[engine.Rule, ...]]:
    """(version number, parsed rules). One small query, then a dictionary."""
    newest = _NEWEST.one(realm.pk)
    return (0, ()) if newest is None else (newest.version, _parsed(newest.pk))


def in_force(version_id: str, version: int) -> InForce:
    """For who read which version is the newest together with more."""
    return InForce(version, _parsed(UUID(version_id)))


_NEWEST = KnownQuery(
    lambda realm_id: PolicyVersion.objects.only("version").filter(realm=realm_id).order_by("-version")[:1], str
)


@lru_cache(maxsize=1024)
def _parsed(version_pk: UUID) -> tuple[engine.Rule, ...]:
    rules: Any = PolicyVersion.objects.values_list("rules", flat=True).get(pk=version_pk)
    return engine.parse(rules)
