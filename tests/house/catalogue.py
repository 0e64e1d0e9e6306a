"""What of the event catalogue (contract/extensions.md §7) each door writes when it lets through. A line is a door, and after
the colon each type with its action; `…` is one that is worked out, of whichever the verb's own tests tell.

Doors of one view that looks at the method itself have none before them. R is a realm of a tenant, T the tenant.
"""

import re

from tests.house import reach
from tests.house.reach import Door

# At every door that refuses, and at every one of the console that asks for the passkey anew.
EVERYWHERE = {"API_REQUEST_DENIED", "CONSOLE_SIGN_IN ASK_PROOF"}

WRITTEN = """
# api
POST R/identities: IDENTITY_CHANGE CREATE
POST R/identities:batchDelete: IDENTITY_CHANGE DELETE
PATCH R/identities/{identity_id}: IDENTITY_CHANGE …
DELETE R/identities/{identity_id}: IDENTITY_CHANGE DELETE
POST R/identities/{identity_id}/credentials/{credential_id}:revoke: CREDENTIAL_CHANGE REVOKE
POST R/identities/{identity_id}/credential-binding-jobs: CREDENTIAL_BINDING_JOB_CHANGE CREATE
POST R/identities/{identity_id}/credential-binding-jobs/{job_id}:revoke: CREDENTIAL_BINDING_JOB_CHANGE REVOKE
POST R/batch-credential-binding-jobs: CREDENTIAL_BINDING_JOB_CHANGE CREATE_BATCH
PATCH T: TENANT_CHANGE UPDATE
POST T/realms: REALM_CHANGE CREATE
PATCH R: REALM_CHANGE UPDATE
DELETE R: REALM_CHANGE DELETE
POST R/logos: THEME_CHANGE UPLOAD_LOGO
POST R/themes: THEME_CHANGE CREATE
PATCH R/themes/{theme_id}: THEME_CHANGE UPDATE
POST R/themes/active:reset: THEME_CHANGE RESET
PATCH R/themes/draft: THEME_CHANGE DRAFT
POST R/themes/draft:publish: THEME_CHANGE PUBLISH
POST R/themes/draft:discard: THEME_CHANGE DISCARD_DRAFT
POST R/groups: GROUP_CHANGE CREATE
PATCH R/groups/{group_id}: GROUP_CHANGE UPDATE
DELETE R/groups/{group_id}: GROUP_CHANGE DELETE
POST R/groups/{group_id}:addMembers: GROUP_MEMBERSHIP_CHANGE ADD
POST R/groups/{group_id}:deleteMembers: GROUP_MEMBERSHIP_CHANGE REMOVE
POST R/resource-servers: RESOURCE_SERVER_CHANGE CREATE
PATCH R/resource-servers/{resource_server_id}: APPLICATION_CHANGE UPDATE, RESOURCE_SERVER_CHANGE UPDATE,
    ROLE_SCOPES_CHANGE REMOVE
DELETE R/resource-servers/{resource_server_id}: RESOURCE_SERVER_CHANGE DELETE
POST R/resource-servers/{resource_server_id}/roles: ROLE_CHANGE CREATE
PATCH R/resource-servers/{resource_server_id}/roles/{role_id}: ROLE_CHANGE UPDATE
DELETE R/resource-servers/{resource_server_id}/roles/{role_id}: ROLE_CHANGE DELETE
POST R/resource-servers/{resource_server_id}/roles/{role_id}:addMembers: ROLE_MEMBERSHIP_CHANGE ADD
POST R/resource-servers/{resource_server_id}/roles/{role_id}:deleteMembers: ROLE_MEMBERSHIP_CHANGE REMOVE
POST R/resource-servers/{resource_server_id}/roles/{role_id}:addScopes: ROLE_SCOPES_CHANGE ADD,
    ROLE_SCOPES_CHANGE REMOVE
POST R/resource-servers/{resource_server_id}/roles/{role_id}:deleteScopes: ROLE_SCOPES_CHANGE ADD,
    ROLE_SCOPES_CHANGE REMOVE
POST R/authenticator-configs: AUTHENTICATOR_CONFIG_CHANGE CREATE
PATCH R/authenticator-configs/{config_id}: AUTHENTICATOR_CONFIG_CHANGE UPDATE
DELETE R/authenticator-configs/{config_id}: AUTHENTICATOR_CONFIG_CHANGE DELETE
POST R/applications: APPLICATION_CHANGE CREATE
PATCH R/applications/{application_id}: APPLICATION_CHANGE UPDATE
DELETE R/applications/{application_id}: APPLICATION_CHANGE DELETE
POST R/applications/{application_id}:rotateSecret: APPLICATION_CHANGE ROTATE_SECRET
POST R/applications/{application_id}/tokens: TOKEN_CHANGE CREATE
DELETE R/applications/{application_id}/tokens/{token_id}: TOKEN_CHANGE REVOKE
PUT R/policy/draft: POLICY_CHANGE SAVE_DRAFT
POST R/policy/draft:publish: POLICY_CHANGE PUBLISH
POST R/policy/draft:discard: POLICY_CHANGE DISCARD_DRAFT
POST R/policy/versions/{version}:restore: POLICY_CHANGE RESTORE
PUT R/policy/tests: POLICY_CHANGE SAVE_TESTS
DELETE R/sessions/{session_id}: SESSION_CHANGE END
POST R/signing-keys:rotate: SIGNING_KEY_CHANGE ROTATE
POST R/signing-keys/{key_id}:retire: SIGNING_KEY_CHANGE RETIRE
PATCH R/email-templates/{kind}: EMAIL_TEMPLATE_CHANGE UPDATE
DELETE R/email-templates/{kind}: EMAIL_TEMPLATE_CHANGE DELETE
POST R/email-templates/{kind}:sendTest: EMAIL_TEMPLATE_CHANGE SEND_TEST
POST R/event-streams: EVENT_STREAM_CHANGE CREATE
PATCH R/event-streams/{stream_id}: EVENT_STREAM_CHANGE …
DELETE R/event-streams/{stream_id}: EVENT_STREAM_CHANGE DELETE
POST R/event-streams/{stream_id}:test: EVENT_STREAM_CHANGE TEST
POST R/event-streams/{stream_id}:replay: EVENT_STREAM_CHANGE REPLAY
POST R/event-streams/{stream_id}:rotateSecret: EVENT_STREAM_CHANGE ROTATE_SECRET
POST R/identity-providers: IDENTITY_PROVIDER_CHANGE CREATE
PATCH R/identity-providers/{provider_id}: IDENTITY_PROVIDER_CHANGE …
DELETE R/identity-providers/{provider_id}: IDENTITY_PROVIDER_CHANGE DELETE
POST R/identity-providers/{provider_id}:test: IDENTITY_PROVIDER_CHANGE TEST
# scim
R/scim/v2: GROUP_CHANGE CREATE, GROUP_CHANGE DELETE, GROUP_CHANGE UPDATE, GROUP_MEMBERSHIP_CHANGE …,
    IDENTITY_CHANGE CREATE, IDENTITY_CHANGE DELETE, IDENTITY_CHANGE …
# oidc
R/applications/{application_id}/authorize: AUTHENTICATION_TRANSACTION, AUTHORIZE_REQUEST, POLICY_EVALUATION
R/applications/{application_id}/consent: CONSENT_CHANGE GRANT, CONSENT_CHANGE REFUSE
R/applications/{application_id}/token: TOKEN_CHANGE FAMILY_REVOKE, TOKEN_REQUEST
R/applications/{application_id}/par: AUTHORIZE_REQUEST PUSH
R/applications/{application_id}/revoke: TOKEN_CHANGE REVOKE
R/applications/{application_id}/userinfo: USERINFO_READ
R/applications/{application_id}/device_authorization: AUTHORIZE_REQUEST DEVICE
R/applications/{application_id}/end-session: SESSION_CHANGE, SESSION_CHANGE END
R/applications/{application_id}/end-session/confirm: SESSION_CHANGE, SESSION_CHANGE END
# sdk
R/identities/{identity_id}/credential-binding-jobs/{job_id}:getInfo: CREDENTIAL_BINDING_JOB_CHANGE OPEN,
    CREDENTIAL_BINDING_JOB_CHANGE …
R/identities/{identity_id}/credential-binding-jobs/{job_id}:bind: CREDENTIAL_BINDING_JOB_CHANGE COMPLETE,
    CREDENTIAL_BINDING_JOB_CHANGE OPEN, CREDENTIAL_CHANGE CREATE, POLICY_EVALUATION
R/applications/{application_id}/bi-authenticate: AUTHENTICATION_TRANSACTION, IDENTITY_CHANGE CREATE,
    OTP_CHALLENGE ISSUE, OTP_CHALLENGE REDEEM, POLICY_EVALUATION, SESSION_CHANGE CREATE, SESSION_CHANGE END,
    SESSION_CHANGE UPDATE
R/applications/{application_id}/credential-binding-jobs: CREDENTIAL_BINDING_JOB_CHANGE CREATE
# hosted
signup: REALM_CHANGE CREATE, TENANT_CHANGE CREATE
authenticator/R/device: AUTHENTICATION_TRANSACTION, POLICY_EVALUATION
authenticator/R/me/rename: AUTHENTICATION_TRANSACTION, CREDENTIAL_CHANGE UPDATE
authenticator/R/me/revoke: AUTHENTICATION_TRANSACTION, CREDENTIAL_CHANGE REVOKE
authenticator/R/me/end-session: AUTHENTICATION_TRANSACTION, SESSION_CHANGE END
authenticator/R/me/sign-out-everywhere: AUTHENTICATION_TRANSACTION, SESSION_CHANGE END
authenticator/R/me/disconnect: AUTHENTICATION_TRANSACTION, IDENTITY_CHANGE UNLINK
authenticator/R/me/withdraw: AUTHENTICATION_TRANSACTION, CONSENT_CHANGE REVOKE
authenticator/R/me/devices: AUTHENTICATION_TRANSACTION, CREDENTIAL_BINDING_JOB_CHANGE REVOKE, DEVICE_ADD BEGIN,
    DEVICE_ADD CLAIM, DEVICE_ADD …
authenticator/R/me/devices/approve: AUTHENTICATION_TRANSACTION, DEVICE_ADD APPROVE, POLICY_EVALUATION
authenticator/import: CREDENTIAL_BINDING_JOB_CHANGE CREATE, CREDENTIAL_BINDING_JOB_CHANGE REVOKE, DEVICE_ADD BIND,
    DEVICE_ADD CANCEL, DEVICE_ADD CLAIM
authenticator/R/authenticator-configs/{config_id}/code: AUTHENTICATION_TRANSACTION, IDENTITY_CHANGE CREATE,
    OTP_CHALLENGE REDEEM, POLICY_EVALUATION, SESSION_CHANGE CREATE, SESSION_CHANGE END, SESSION_CHANGE UPDATE
authenticator/R/authenticator-configs/{config_id}/code/send: OTP_CHALLENGE ISSUE
authenticator/R/authenticator-configs/{config_id}/provider: AUTHENTICATION_TRANSACTION
authenticator/R/authenticator-configs/{config_id}/name: AUTHENTICATION_TRANSACTION, IDENTITY_CHANGE …
authenticator/R/authenticator-configs/{config_id}/offer: AUTHENTICATION_TRANSACTION
authenticator/R/authenticator-configs/{config_id}/offer/begin: CREDENTIAL_BINDING_JOB_CHANGE CREATE
authenticator/R/authenticator-configs/{config_id}/recover: OTP_CHALLENGE MAIL_RECOVERY_LINK
authenticator/R/authenticator-configs/{config_id}/recover/link: OTP_CHALLENGE ISSUE, OTP_CHALLENGE OPEN_RECOVERY_LINK
authenticator/R/authenticator-configs/{config_id}/recover/code: CREDENTIAL_BINDING_JOB_CHANGE CREATE,
    OTP_CHALLENGE ISSUE, OTP_CHALLENGE OPEN_RECOVERY_LINK, OTP_CHALLENGE REDEEM
# console
console/login: CONSOLE_SIGN_IN MAIL_LINKS
console/sign-out: SESSION_CHANGE END
console/administrators/new: CREDENTIAL_BINDING_JOB_CHANGE CREATE, GROUP_MEMBERSHIP_CHANGE ADD, IDENTITY_CHANGE CREATE,
    ROLE_MEMBERSHIP_CHANGE ADD, ROLE_MEMBERSHIP_CHANGE INVITE_ADMINISTRATOR
console/administrators/set-up: GROUP_CHANGE CREATE, POLICY_CHANGE PUBLISH, POLICY_CHANGE SAVE_DRAFT,
    ROLE_CHANGE CREATE, ROLE_CHANGE SET_UP, ROLE_SCOPES_CHANGE ADD, ROLE_SCOPES_CHANGE REMOVE
console/administrators/bulk: CREDENTIAL_BINDING_JOB_CHANGE CREATE, GROUP_MEMBERSHIP_CHANGE ADD,
    GROUP_MEMBERSHIP_CHANGE REMOVE, ROLE_MEMBERSHIP_CHANGE ADD, ROLE_MEMBERSHIP_CHANGE CHANGE_ADMINISTRATOR,
    ROLE_MEMBERSHIP_CHANGE REMOVE, ROLE_MEMBERSHIP_CHANGE REMOVE_ADMINISTRATOR
console/administrators/{identity_id}: GROUP_MEMBERSHIP_CHANGE ADD, GROUP_MEMBERSHIP_CHANGE REMOVE,
    ROLE_MEMBERSHIP_CHANGE ADD, ROLE_MEMBERSHIP_CHANGE CHANGE_ADMINISTRATOR, ROLE_MEMBERSHIP_CHANGE REMOVE
console/administrators/{identity_id}/link: CREDENTIAL_BINDING_JOB_CHANGE CREATE
console/administrators/{identity_id}/remove: GROUP_MEMBERSHIP_CHANGE REMOVE, ROLE_MEMBERSHIP_CHANGE REMOVE,
    ROLE_MEMBERSHIP_CHANGE REMOVE_ADMINISTRATOR
console/realms/new: REALM_CHANGE CREATE
console/R/identities/new: IDENTITY_CHANGE CREATE
console/R/identities/bulk: IDENTITY_CHANGE BULK_START
console/R/identities/import: IDENTITY_CHANGE IMPORT_UPLOAD
console/R/identities/bulk-jobs/{bulk_job_id}/check: IDENTITY_CHANGE IMPORT_CHECK
console/R/identities/bulk-jobs/{bulk_job_id}/start: IDENTITY_CHANGE BULK_START
console/R/identities/bulk-jobs/{bulk_job_id}/stop: IDENTITY_CHANGE BULK_STOP
console/R/identities/bulk-jobs/{bulk_job_id}/undo: IDENTITY_CHANGE BULK_START
console/R/identities/{identity_id}/edit: IDENTITY_CHANGE …
console/R/identities/{identity_id}/suspend: IDENTITY_CHANGE …
console/R/identities/{identity_id}/unsuspend: IDENTITY_CHANGE …
console/R/identities/{identity_id}/sign-out: SESSION_CHANGE END
console/R/identities/{identity_id}/bulk: CREDENTIAL_BINDING_JOB_CHANGE REVOKE, CREDENTIAL_CHANGE REVOKE,
    IDENTITY_CHANGE UNLINK, SESSION_CHANGE END
console/R/identities/{identity_id}/sessions/{session_id}/end: SESSION_CHANGE END
console/R/identities/{identity_id}/delete: IDENTITY_CHANGE DELETE
console/R/identities/{identity_id}/disconnect: IDENTITY_CHANGE UNLINK
console/R/identities/{identity_id}/passkeys/new: CREDENTIAL_BINDING_JOB_CHANGE CREATE
console/R/identities/{identity_id}/passkeys/{credential_id}/revoke: CREDENTIAL_CHANGE REVOKE
console/R/identities/{identity_id}/jobs/{job_id}/revoke: CREDENTIAL_BINDING_JOB_CHANGE REVOKE
console/R/groups/new: GROUP_CHANGE CREATE
console/R/groups/bulk: GROUP_CHANGE DELETE, ROLE_MEMBERSHIP_CHANGE ADD
console/R/groups/{group_id}/edit: GROUP_CHANGE UPDATE
console/R/groups/{group_id}/delete: GROUP_CHANGE DELETE
console/R/groups/{group_id}/add: GROUP_MEMBERSHIP_CHANGE ADD
console/R/groups/{group_id}/remove: GROUP_MEMBERSHIP_CHANGE REMOVE
console/R/applications/new: APPLICATION_CHANGE CREATE, RESOURCE_SERVER_CHANGE CREATE
console/R/applications/bulk: APPLICATION_CHANGE DELETE
console/R/applications/{application_id}/configuration: APPLICATION_CHANGE UPDATE
console/R/applications/{application_id}/try: AUTHORIZE_REQUEST REHEARSE
console/R/applications/{application_id}/rotate-secret: APPLICATION_CHANGE ROTATE_SECRET
console/R/applications/{application_id}/delete: APPLICATION_CHANGE DELETE
console/R/applications/{application_id}/sessions/bulk: TOKEN_CHANGE FAMILY_REVOKE
console/R/applications/{application_id}/tokens/bulk: TOKEN_CHANGE REVOKE
console/R/applications/{application_id}/sessions/{grant_id}/end: TOKEN_CHANGE FAMILY_REVOKE
console/R/applications/{application_id}/tokens/new: TOKEN_CHANGE CREATE
console/R/applications/{application_id}/tokens/{token_id}/revoke: TOKEN_CHANGE REVOKE
console/R/authenticators/new: AUTHENTICATOR_CONFIG_CHANGE CREATE
console/R/authenticators/{config_id}: AUTHENTICATOR_CONFIG_CHANGE UPDATE
console/R/authenticators/{config_id}/delete: AUTHENTICATOR_CONFIG_CHANGE DELETE
console/R/identity-providers/new: IDENTITY_PROVIDER_CHANGE CREATE
console/R/identity-providers/{provider_id}/edit: IDENTITY_PROVIDER_CHANGE …
console/R/identity-providers/{provider_id}/check: IDENTITY_PROVIDER_CHANGE TEST
console/R/identity-providers/{provider_id}/switch: IDENTITY_PROVIDER_CHANGE …
console/R/identity-providers/{provider_id}/delete: IDENTITY_PROVIDER_CHANGE DELETE
console/R/resource-servers/new: RESOURCE_SERVER_CHANGE CREATE
console/R/resource-servers/bulk: RESOURCE_SERVER_CHANGE DELETE
console/R/resource-servers/{resource_server_id}: APPLICATION_CHANGE UPDATE, RESOURCE_SERVER_CHANGE UPDATE,
    ROLE_SCOPES_CHANGE REMOVE
console/R/resource-servers/{resource_server_id}/delete: RESOURCE_SERVER_CHANGE DELETE
console/R/roles/new: ROLE_CHANGE CREATE
console/R/roles/bulk: ROLE_CHANGE DELETE
console/R/roles/{role_id}/edit: ROLE_CHANGE UPDATE
console/R/roles/{role_id}/scopes: ROLE_SCOPES_CHANGE REPLACE
console/R/roles/{role_id}/give: ROLE_MEMBERSHIP_CHANGE ADD
console/R/roles/{role_id}/take: ROLE_MEMBERSHIP_CHANGE REMOVE
console/R/roles/{role_id}/delete: ROLE_CHANGE DELETE
console/R/policy/publish: POLICY_CHANGE PUBLISH
console/R/policy/discard: POLICY_CHANGE DISCARD_DRAFT
console/R/policy/tests/keep: POLICY_CHANGE SAVE_TESTS
console/R/policy/tests/drop: POLICY_CHANGE SAVE_TESTS
console/R/policy/versions/{version}/restore: POLICY_CHANGE RESTORE
console/R/policy/json: POLICY_CHANGE SAVE_DRAFT
console/R/policy/rules/new: POLICY_CHANGE SAVE_DRAFT
console/R/policy/rules/{rule_id}: POLICY_CHANGE SAVE_DRAFT
console/R/policy/rules/{rule_id}/move: POLICY_CHANGE SAVE_DRAFT
console/R/policy/rules/{rule_id}/switch: POLICY_CHANGE SAVE_DRAFT
console/R/policy/rules/{rule_id}/remove: POLICY_CHANGE SAVE_DRAFT
console/R/policy/rules/{rule_id}/restore: POLICY_CHANGE SAVE_DRAFT
console/R/provisioning/token: APPLICATION_CHANGE CREATE, TOKEN_CHANGE CREATE
console/R/events/views: REALM_CHANGE SAVE_VIEW
console/R/events/views/{view_id}/change: REALM_CHANGE CHANGE_VIEW
console/R/events/views/{view_id}/delete: REALM_CHANGE DELETE_VIEW
console/R/events/exports: REALM_CHANGE EXPORT_EVENTS
console/R/events/exports/{export_id}/cancel: REALM_CHANGE CANCEL_EXPORT
console/R/streams/new: EVENT_STREAM_CHANGE CREATE
console/R/streams/{stream_id}/edit: EVENT_STREAM_CHANGE …
console/R/streams/{stream_id}/test: EVENT_STREAM_CHANGE TEST
console/R/streams/{stream_id}/switch: EVENT_STREAM_CHANGE …
console/R/streams/{stream_id}/replay: EVENT_STREAM_CHANGE REPLAY
console/R/streams/{stream_id}/rotate-secret: EVENT_STREAM_CHANGE ROTATE_SECRET
console/R/streams/{stream_id}/delete: EVENT_STREAM_CHANGE DELETE
console/R/branding: THEME_CHANGE DRAFT, THEME_CHANGE UPLOAD_LOGO
console/R/branding/publish: THEME_CHANGE PUBLISH, THEME_CHANGE UPLOAD_LOGO
console/R/branding/reset: THEME_CHANGE RESET
console/R/branding/restore: THEME_CHANGE PUBLISH
console/R/branding/discard: THEME_CHANGE DISCARD_DRAFT
console/R/branding/logos/{name}: THEME_CHANGE UPLOAD_LOGO
console/R/mails/{kind}: EMAIL_TEMPLATE_CHANGE UPDATE
console/R/mails/{kind}/send: EMAIL_TEMPLATE_CHANGE SEND_TEST
console/R/mails/{kind}/reset: EMAIL_TEMPLATE_CHANGE DELETE
console/R/settings: REALM_CHANGE UPDATE
console/R/settings/signing-keys/rotate: SIGNING_KEY_CHANGE ROTATE
console/R/settings/signing-keys/{key_id}/retire: SIGNING_KEY_CHANGE RETIRE
console/R/delete: REALM_CHANGE DELETE
"""

# They take a body and change nothing that the record tells of.
ASKING = {
    "POST R/policy:evaluate", "POST R/policy:replay", "POST R/policy/tests:run", "POST R/email-templates/{kind}:preview",
    "R/applications/{application_id}/introspect", "R/introspect",
    "R/applications/{application_id}/bi-authenticate:introspect", "console/kept-forms", "console/language",
    "console/presence", "console/R/events/integrity", "console/R/policy/replay", "console/R/policy/rules/preview",
    "console/R/branding/preview", "console/R/branding/contrast", "console/R/mails/{kind}/preview",
}  # fmt: skip

# By nobody's request to change something: workers, commands, exports, and coming back from a sign-in.
ELSEWHERE = """
applications.exporting: APPLICATION_CHANGE EXPORT, RESOURCE_SERVER_CHANGE EXPORT, ROLE_CHANGE EXPORT
directory.exporting: GROUP_CHANGE EXPORT, IDENTITY_CHANGE EXPORT
authentication.services.sessions: CONSOLE_SIGN_IN
authentication.console_sessions: CONSOLE_SIGN_IN PROVE
authentication.arriving_devices: DEVICE_ADD COMPLETE
authentication.notices: SESSION_CHANGE NOTIFY
bulk.running: IDENTITY_CHANGE BULK_COMPLETE
credentials.services.batches: CREDENTIAL_BINDING_JOB_CHANGE COMPLETE_BATCH
credentials.services.jobs: CREDENTIAL_BINDING_JOB_CHANGE FAIL
events.erasing: IDENTITY_CHANGE ERASE_EVENTS
events.retention: REALM_CHANGE …
federation.people: IDENTITY_CHANGE LINK
onboarding.exporting: ROLE_MEMBERSHIP_CHANGE EXPORT
policy.services: POLICY_CHANGE RECOVER
realms.checkpoint_keys: SIGNING_KEY_CHANGE ROTATE_CHECKPOINT_KEY
realms.mail: EMAIL_STATUS_CHANGE …
streams.delivering: EVENT_STREAM_CHANGE DEAD_LETTER
tokens.keys: SIGNING_KEY_CHANGE CREATE
tokens.services.signing_keys: SIGNING_KEY_CHANGE CREATE
"""

_SHORT = (
    (r"<(?:\w+:)?(\w+)>", r"{\1}"),
    (r"v1/tenants/{tenant_id}/realms/{realm_id}", "R"),
    (r"console/realms/{realm_id}", "console/R"),
    (r"v1/tenants/{tenant_id}", "T"),
    (r"R/scim/v2.*", "R/scim/v2"),  # one view, which looks at the rest of the path itself
)


def short(door: Door) -> str:
    name = str(door)
    for before, after in _SHORT:
        name = re.sub(before, after, name)
    return name


def told(door: Door) -> set[str]:
    return reach.events_from(door.place) - EVERYWHERE


def lines(table: str) -> dict[str, set[str]]:
    """By what stands before the last ": " of each line; one that begins with spaces goes on."""
    joined = table.replace("\n    ", " ").strip().splitlines()
    pairs = [line.rpartition(": ") for line in joined if not line.startswith("#")]
    return {name: set(events.split(", ")) for name, _, events in pairs}
