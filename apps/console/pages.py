"""Paths of the console's pages, under /console/. One block a noun, in the order of the rail."""

from django.urls import URLPattern, path

from apps.console.views import (
    applications,
    authenticators,
    client_secrets,
    events,
    groups,
    identities,
    jobs,
    members,
    passkeys,
    policy,
    realms,
    rules,
)

_REALM = "realms/<str:realm_id>"
_IDENTITY = f"{_REALM}/identities/<str:identity_id>"
_GROUP = f"{_REALM}/groups/<str:group_id>"
_POLICY = f"{_REALM}/policy"
_APPLICATION = f"{_REALM}/applications/<str:application_id>"

urlpatterns: list[URLPattern] = [
    path("", realms.start),
    path("realms", realms.index),
    path("realms/new", realms.new),
    path(f"{_REALM}/", realms.home),
    path(f"{_REALM}/identities", identities.index),
    path(f"{_REALM}/identities/new", identities.new),
    path(_IDENTITY, identities.detail),
    path(f"{_IDENTITY}/edit", identities.edit),
    path(f"{_IDENTITY}/suspend", identities.suspend),
    path(f"{_IDENTITY}/unsuspend", identities.unsuspend),
    path(f"{_IDENTITY}/sign-out", identities.sign_out),
    path(f"{_IDENTITY}/delete", identities.delete),
    path(f"{_IDENTITY}/passkeys", passkeys.section),
    path(f"{_IDENTITY}/passkeys/new", passkeys.new),
    path(f"{_IDENTITY}/passkeys/<str:credential_id>/revoke", passkeys.revoke),
    path(f"{_IDENTITY}/jobs/<str:job_id>/revoke", jobs.revoke),
    path(f"{_REALM}/groups", groups.index),
    path(f"{_REALM}/groups/new", groups.new),
    path(_GROUP, groups.detail),
    path(f"{_GROUP}/edit", groups.edit),
    path(f"{_GROUP}/delete", groups.delete),
    path(f"{_GROUP}/add", members.add),
    path(f"{_GROUP}/remove", members.remove),
    path(f"{_REALM}/applications", applications.index),
    path(f"{_REALM}/applications/new", applications.new),
    path(_APPLICATION, applications.protocol),
    path(f"{_APPLICATION}/configuration", applications.configuration),
    path(f"{_APPLICATION}/quick-start", applications.quick_start),
    path(f"{_APPLICATION}/rotate-secret", client_secrets.rotate),
    path(f"{_APPLICATION}/delete", applications.delete),
    path(f"{_REALM}/authenticators", authenticators.index),
    path(f"{_REALM}/authenticators/new", authenticators.new),
    path(f"{_REALM}/authenticators/<str:config_id>", authenticators.detail),
    path(f"{_REALM}/authenticators/<str:config_id>/delete", authenticators.delete),
    path(_POLICY, policy.index),
    path(f"{_POLICY}/publish", policy.publish),
    path(f"{_POLICY}/discard", policy.discard),
    path(f"{_POLICY}/rules/new", rules.new),
    path(f"{_POLICY}/rules/preview", rules.preview),
    path(f"{_POLICY}/rules/<str:rule_id>", rules.edit),
    path(f"{_POLICY}/rules/<str:rule_id>/move", rules.move),
    path(f"{_POLICY}/rules/<str:rule_id>/switch", rules.switch),
    path(f"{_POLICY}/rules/<str:rule_id>/remove", rules.remove),
    path(f"{_POLICY}/rules/<str:rule_id>/restore", rules.restore),
    path(f"{_REALM}/events", events.index),
    path(f"{_REALM}/events/actors", events.actors),
    path(f"{_REALM}/events/<str:event_id>", events.detail),
    path(f"{_REALM}/settings", realms.settings),
    path(f"{_REALM}/delete", realms.delete),
]
