"""What a browser is asked for when a passkey is made: PublicKeyCredentialCreationOptionsJSON (WebAuthn L3 §5.1.9)."""

import json
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from apps.core import secrets
from apps.credentials import invoke, selectors, webauthn
from apps.credentials.models import CredentialBindingJob
from apps.credentials.new_passkeys import user_handle
from apps.directory.models import Identity

CEREMONY_MILLISECONDS = 300_000  # WebAuthn L3 §15.1 recommends five minutes where user verification is required


def rp_id() -> str:
    """The AUTH host's name, for every realm (contract/extensions.md §5)."""
    return urlsplit(settings.IDENTITY_CLOUD_AUTH_URL).hostname or ""


def creation_options(job: CredentialBindingJob, token: str) -> dict[str, Any]:
    """The challenge is the UTF-8 JSON {"sub","token"} (contract/wire.md §3.2): it names this job and nobody else's.

    Attestation is asked for only where the config demands a device-bound key: it can tell devices apart, and people.
    """
    identity = job.identity
    challenge = json.dumps({"sub": invoke.proof_subject(job), "token": token})
    return {
        "challenge": secrets.base64url(challenge.encode()),
        "rp": {"id": rp_id(), "name": job.realm.display_name},
        "user": {"id": user_handle(identity), "name": identity.username, "displayName": identity.display_name},
        "pubKeyCredParams": [{"type": "public-key", "alg": int(algorithm)} for algorithm in webauthn.ALGORITHMS],
        "excludeCredentials": [
            {"type": "public-key", "id": known.webauthn_id, "transports": known.transports}
            for known in selectors.active_credentials_of(identity)
            if known.webauthn_id
        ],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "direct" if job.config.device_bound == "required" else "none",
        "timeout": CEREMONY_MILLISECONDS,
    }


def request_options(nonce: str) -> dict[str, Any]:
    """For signing in: a discoverable passkey, whoever's. The page adds `allowCredentials` for an account it remembers."""
    return {"challenge": nonce, "rpId": rp_id(), "userVerification": "required", "timeout": CEREMONY_MILLISECONDS}


def known_passkeys(identity: Identity) -> list[dict[str, Any]]:
    """`allowCredentials` for a person who is known."""
    rows = selectors.active_credentials_of(identity).exclude(webauthn_id="")
    return [{"type": "public-key", "id": row.webauthn_id, "transports": row.transports} for row in rows]


def accepted_passkeys(identity: Identity) -> dict[str, Any]:
    """What a page tells the browser of the passkeys that still work (WebAuthn L3 §5.1.10: signalAllAcceptedCredentials,
    signalCurrentUserDetails), once it knows for sure who is there. Realms share the RP ID and with it the browser's store,
    but a user handle is one identity's alone: nothing is said of anybody else's passkeys, in this realm or another."""
    handle = user_handle(identity)
    return {
        "rpId": rp_id(),
        "userId": handle,
        "name": identity.username,
        "displayName": identity.display_name,
        "allAcceptedCredentialIds": selectors.webauthn_ids_under(handle),
    }
