"""The row of a passkey that was just proven: where its key is, whose it is, and what it is called for a start."""

import hashlib

from apps.core import secrets
from apps.core.context import Context
from apps.credentials import facts
from apps.credentials.models import Binding, Credential, CredentialBindingJob, Method
from apps.credentials.proofs import Kind, NewKey
from apps.credentials.providers import provider_name
from apps.directory.models import Identity

_NAMES = {
    "windows": "Windows", "macos": "Mac", "linux": "Linux", "chromeos": "Chromebook", "android": "Android",
    "ios": "iPhone", "ipados": "iPad", "chrome": "Chrome", "edge": "Edge", "firefox": "Firefox", "safari": "Safari",
    "opera": "Opera", "samsung_internet": "Samsung Internet", "chromium": "Chromium",
}  # fmt: skip


def row_of(ctx: Context, job: CredentialBindingJob, new: NewKey) -> Credential:
    """Not written yet."""
    provider = provider_name(new.aaguid)
    handle = user_handle(job.identity) if job.config.is_hosted and new.kind == Kind.WEBAUTHN else ""
    return Credential(
        realm=job.realm,
        tenant_id=job.tenant_id,
        identity=job.identity,
        method=Method(new.kind),
        webauthn_id=new.webauthn_id,
        user_handle=handle,
        public_key=new.public_key,
        jwk=new.jwk,
        jwk_thumbprint=new.jwk_thumbprint,
        sign_count=new.sign_count,
        binding=_binding(new),
        aaguid=new.aaguid,
        provider_name=provider,
        attestation_format=new.attestation_format,
        attestation_trusted=new.attestation_trusted,
        backup_eligible=new.backup_eligible,
        backed_up=new.backed_up,
        user_verified_at_bind=new.user_verified,
        transports=list(new.transports),
        display_name=provider or _device_name(ctx),
        created_at=ctx.now,
        updated_at=ctx.now,
    )


def user_handle(identity: Identity) -> str:
    """base64url of 32 bytes: opaque, the same for each passkey of one identity (WebAuthn L3 §14.6.1)."""
    return secrets.base64url(hashlib.sha256(f"user-handle:{identity.tenant_id}:{identity.pk}".encode()).digest())


def _binding(new: NewKey) -> Binding:
    """A key that a script made is a script's to use, whatever it says of itself."""
    if new.kind != Kind.WEBAUTHN:
        return Binding.SOFTWARE
    return Binding.SYNCED if new.backup_eligible else Binding.HARDWARE


def _device_name(ctx: Context) -> str:
    device = facts.describe_device(ctx.client.user_agent, ctx.client.hints)
    browser, platform = _NAMES.get(device.get("browser.name", "")), _NAMES.get(device.get("device.platform", ""))
    return " on ".join(filter(None, (browser, platform))) or "Passkey"
