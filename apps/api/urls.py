"""Paths of the management API. Custom verbs follow a colon, which no id has."""

from django.urls import URLPattern, path, register_converter

from apps.api.description import slugs
from apps.api.views import (
    applications,
    authenticator_configs,
    binding_batches,
    binding_jobs,
    credentials,
    email_templates,
    event_log,
    event_streams,
    events,
    groups,
    identities,
    identity_providers,
    openapi,
    policy,
    realms,
    reference,
    resource_servers,
    roles,
    sessions,
    signing_keys,
    tenants,
    themes,
    tokens,
)


class OpaqueId:
    """Any text between slashes and colons: whether it is an id, the look-up says, in the contract's own words."""

    regex = "[^/:]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(OpaqueId, "opaque")

TENANT = "v1/tenants/<opaque:tenant_id>"
REALM = f"{TENANT}/realms/<opaque:realm_id>"
GROUP = f"{REALM}/groups/<opaque:group_id>"
IDENTITY = f"{REALM}/identities/<opaque:identity_id>"
CREDENTIAL = f"{IDENTITY}/credentials/<opaque:credential_id>"
JOB = f"{IDENTITY}/credential-binding-jobs/<opaque:job_id>"
RESOURCE_SERVER = f"{REALM}/resource-servers/<opaque:resource_server_id>"
APPLICATION = f"{REALM}/applications/<opaque:application_id>"
BATCH = f"{REALM}/batch-credential-binding-jobs/<opaque:batch_id>"
EMAIL_TEMPLATE = f"{REALM}/email-templates/<opaque:kind>"
EVENT_STREAM = f"{REALM}/event-streams/<opaque:stream_id>"
IDENTITY_PROVIDER = f"{REALM}/identity-providers/<opaque:provider_id>"
ROLE = f"{RESOURCE_SERVER}/roles/<opaque:role_id>"

urlpatterns: list[URLPattern] = [
    path("v1/openapi.json", openapi.openapi),
    path("docs/api", reference.overview),
    *(path(f"docs/api/{slug}", reference.noun, {"slug": slug}) for slug in slugs()),
]

urlpatterns += [
    path(f"{REALM}/identities", identities.Identities.as_view()),
    path(f"{REALM}/identities:batchDelete", identities.IdentitiesDeleted.as_view()),
    path(IDENTITY, identities.Identity.as_view()),
    path(f"{IDENTITY}:listGroups", identities.IdentityGroups.as_view()),
    path(f"{IDENTITY}/credentials", credentials.Credentials.as_view()),
    path(CREDENTIAL, credentials.Credential.as_view()),
    path(f"{CREDENTIAL}:revoke", credentials.CredentialRevocation.as_view()),
    path(f"{IDENTITY}/credential-binding-jobs", binding_jobs.BindingJobs.as_view()),
    path(JOB, binding_jobs.BindingJob.as_view()),
    path(f"{JOB}:revoke", binding_jobs.BindingJobRevocation.as_view()),
]

urlpatterns += [
    path(f"{REALM}/batch-credential-binding-jobs", binding_batches.BindingBatches.as_view()),
    path(BATCH, binding_batches.BindingBatch.as_view()),
    path(f"{BATCH}:listResults", binding_batches.BindingBatchResults.as_view()),
]

urlpatterns += [
    path(TENANT, tenants.Tenant.as_view()),
    path(f"{TENANT}/realms", realms.Realms.as_view()),
    path(REALM, realms.Realm.as_view()),
    path(f"{REALM}/logos", themes.Logos.as_view()),
    path(f"{REALM}/themes", themes.Themes.as_view()),
    path(f"{REALM}/themes/active", themes.ActiveTheme.as_view()),
    path(f"{REALM}/themes/active:reset", themes.DefaultLook.as_view()),
    path(f"{REALM}/themes/draft", themes.ThemeDraft.as_view()),
    path(f"{REALM}/themes/draft:publish", themes.ThemePublication.as_view()),
    path(f"{REALM}/themes/draft:discard", themes.ThemeDraftDiscarded.as_view()),
    path(f"{REALM}/themes/<opaque:theme_id>", themes.Theme.as_view()),
]

urlpatterns += [
    path(f"{REALM}/groups", groups.Groups.as_view()),
    path(GROUP, groups.Group.as_view()),
    path(f"{GROUP}:addMembers", groups.GroupMembersAdded.as_view()),
    path(f"{GROUP}:deleteMembers", groups.GroupMembersDeleted.as_view()),
    path(f"{GROUP}:listMembers", groups.GroupMembers.as_view()),
    path(f"{GROUP}:listRoles", roles.GroupRoles.as_view()),
]

urlpatterns += [
    path(f"{REALM}/resource-servers", resource_servers.ResourceServers.as_view()),
    path(RESOURCE_SERVER, resource_servers.ResourceServer.as_view()),
    path(f"{RESOURCE_SERVER}/roles", roles.Roles.as_view()),
    path(ROLE, roles.Role.as_view()),
    path(f"{ROLE}:addMembers", roles.RoleMembersAdded.as_view()),
    path(f"{ROLE}:deleteMembers", roles.RoleMembersDeleted.as_view()),
    path(f"{ROLE}:listMembers", roles.RoleMembers.as_view()),
    path(f"{ROLE}:addScopes", roles.RoleScopesAdded.as_view()),
    path(f"{ROLE}:deleteScopes", roles.RoleScopesDeleted.as_view()),
    path(f"{ROLE}:listScopes", roles.RoleScopes.as_view()),
    path(f"{IDENTITY}:listRoles", roles.IdentityRoles.as_view()),
]

urlpatterns += [
    path(f"{REALM}/authenticator-configs", authenticator_configs.AuthenticatorConfigs.as_view()),
    path(f"{REALM}/authenticator-configs/<opaque:config_id>", authenticator_configs.AuthenticatorConfig.as_view()),
]

urlpatterns += [
    path(f"{REALM}/applications", applications.Applications.as_view()),
    path(APPLICATION, applications.Application.as_view()),
    path(f"{APPLICATION}:rotateSecret", applications.ApplicationSecretRotation.as_view()),
    path(f"{APPLICATION}/tokens", tokens.Tokens.as_view()),
    path(f"{APPLICATION}/tokens/<opaque:token_id>", tokens.Token.as_view()),
]

urlpatterns += [
    path(f"{REALM}/policy", policy.Policy.as_view()),
    path(f"{REALM}/policy:evaluate", policy.PolicyEvaluation.as_view()),
    path(f"{REALM}/policy:replay", policy.PolicyReplay.as_view()),
    path(f"{REALM}/policy/draft", policy.PolicyDraft.as_view()),
    path(f"{REALM}/policy/draft:publish", policy.PolicyPublication.as_view()),
    path(f"{REALM}/policy/draft:discard", policy.PolicyDraftDiscarded.as_view()),
    path(f"{REALM}/policy/versions", policy.PolicyVersions.as_view()),
    path(f"{REALM}/policy/versions/<opaque:version>", policy.PolicyVersion.as_view()),
    path(f"{REALM}/policy/versions/<opaque:version>:restore", policy.PolicyVersionRestored.as_view()),
    path(f"{REALM}/policy/tests", policy.PolicyTests.as_view()),
    path(f"{REALM}/policy/tests:run", policy.PolicyTestsRun.as_view()),
]

urlpatterns += [
    path(f"{REALM}/sessions", sessions.Sessions.as_view()),
    path(f"{REALM}/sessions/<opaque:session_id>", sessions.Session.as_view()),
]

urlpatterns += [
    path(f"{REALM}/signing-keys", signing_keys.SigningKeys.as_view()),
    path(f"{REALM}/signing-keys:rotate", signing_keys.SigningKeyRotation.as_view()),
    path(f"{REALM}/signing-keys/<opaque:key_id>:retire", signing_keys.SigningKeyRetirement.as_view()),
]

urlpatterns += [
    path(f"{REALM}/events", events.Events.as_view()),
    path(f"{REALM}/events:export", events.EventExport.as_view()),
    path(f"{REALM}/events:stream", events.EventSource.as_view()),
    path(f"{REALM}/events/checkpoints", event_log.Checkpoints.as_view()),
    path(f"{REALM}/events:consistency", event_log.EventConsistency.as_view()),
    path(f"{REALM}/events/<opaque:event_id>", events.Event.as_view()),
    path(f"{REALM}/events/<opaque:event_id>:proof", event_log.EventProof.as_view()),
]

urlpatterns += [
    path(f"{REALM}/email-templates", email_templates.EmailTemplates.as_view()),
    path(EMAIL_TEMPLATE, email_templates.EmailTemplate.as_view()),
    path(f"{EMAIL_TEMPLATE}:preview", email_templates.EmailTemplatePreview.as_view()),
    path(f"{EMAIL_TEMPLATE}:sendTest", email_templates.EmailTemplateTest.as_view()),
]

urlpatterns += [
    path(f"{REALM}/event-streams", event_streams.EventStreams.as_view()),
    path(EVENT_STREAM, event_streams.EventStream.as_view()),
    path(f"{EVENT_STREAM}:test", event_streams.EventStreamTest.as_view()),
    path(f"{EVENT_STREAM}:replay", event_streams.EventStreamReplay.as_view()),
    path(f"{EVENT_STREAM}:rotateSecret", event_streams.EventStreamSecretRotation.as_view()),
    path(f"{EVENT_STREAM}/deliveries", event_streams.EventStreamDeliveries.as_view()),
]

urlpatterns += [
    path(f"{REALM}/identity-providers", identity_providers.IdentityProviders.as_view()),
    path(IDENTITY_PROVIDER, identity_providers.IdentityProvider.as_view()),
    path(f"{IDENTITY_PROVIDER}:test", identity_providers.IdentityProviderTest.as_view()),
]
