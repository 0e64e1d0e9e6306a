"""Passkeys and the jobs that bind them (contract/wire.md §1.5, §1.6, extensions.md §5)."""

from apps.api.schemas.kinds import (
    BOOLEAN,
    IN_REALM,
    SHORT_ID,
    TIME,
    TIMES,
    UUID,
    Component,
    given,
    number,
    one_of,
    or_null,
    page_of,
    said,
    text,
    thing,
    wrapped,
)

CREDENTIAL = Component(
    "Credential",
    thing(
        {
            "id": SHORT_ID,
            "identity_id": SHORT_ID,
            **IN_REALM,
            "state": one_of("ACTIVE", "REVOKED"),
            "csr_type": said(one_of("WEBAUTHN", "X509", "JWT", "FIDO2"), "Which proof bound it."),
            "jwk_json": said(text(), "The public key: a JWK, as text.", '{"crv":"P-256","kty":"EC","x":"…","y":"…"}'),
            "jwk_thumbprint": said(
                text(), "RFC 7638, SHA-256; base64url, padded.", "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs="
            ),
            "display_name": said(text(), example="MacBook of Ada"),
            "binding": said(
                one_of("hardware", "software", "synced"), "Where the private key lives, told from its attestation."
            ),
            "aaguid": said(text(), "The kind of authenticator.", "fbfc3007-154e-4ecc-8c0b-6e020557d7bd"),
            "provider_name": said(text(), example="Apple Passwords"),
            "backup_eligible": BOOLEAN,
            "backed_up": BOOLEAN,
            "user_verified_at_bind": BOOLEAN,
            "last_used_time": or_null(TIME),
            "last_used_ip": said({"type": ["string", "null"]}, example="203.0.113.7"),
            **TIMES,
        }
    ),
)
CREDENTIALS = page_of("credentials", CREDENTIAL)

DELIVERY = said(one_of("RETURN", "EMAIL"), "RETURN answers the link; EMAIL mails it, and nobody else sees it.")
REDIRECT = said(text(2048), "Where the browser goes when the passkey is bound.", "https://shop.example/welcome")
_STATES = ("LINK_SENT", "LINK_OPENED", "REQUEST_DELIVERED", "COMPLETE", "EXPIRED", "REVOKED", "FAILED_TO_SEND")

JOB = Component(
    "CredentialBindingJob",
    thing(
        {
            "id": SHORT_ID,
            "identity_id": SHORT_ID,
            **IN_REALM,
            "authenticator_config_id": UUID,
            "delivery_method": DELIVERY,
            "state": one_of(*_STATES),
            "credential_id": said(SHORT_ID, "What was bound; once the state is COMPLETE."),
            "post_binding_redirect_uri": REDIRECT,
            "expire_time": TIME,
            **TIMES,
        },
        sometimes=["credential_id", "post_binding_redirect_uri"],
    ),
)
JOBS = page_of("credential_binding_jobs", JOB)
NEW_JOB_FIELDS = {
    "delivery_method": DELIVERY,
    "authenticator_config_id": said(text(shortest=1), "Of the realm.", UUID["examples"][0]),
    "post_binding_redirect_uri": REDIRECT,
    "expires_after": said(or_null(number(300, 2_592_000)), "Seconds; a week unless said.", 604_800),
}
NEW_JOB = wrapped(
    "job",
    Component(
        "NewCredentialBindingJob", given(NEW_JOB_FIELDS, required=["delivery_method", "authenticator_config_id"])
    ),
)
JOB_WITH_LINK = Component(
    "CredentialBindingJobWithLink",
    thing(
        {
            "credential_binding_job": JOB,
            "credential_binding_link": said(
                text(),
                "Binds a passkey for whoever holds it, once; only for RETURN, and only here.",
                "https://auth.example/v1/tenants/…:invokeAuthenticator?token=…",
            ),
        },
        sometimes=["credential_binding_link"],
    ),
)
