"""What the scripts that make a passkey work with, on every page that has one made."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.templatetags.static import static

from apps.authenticators.profile import Method
from apps.credentials import invoke, options, providers


def shared(signals: list[dict[str, Any]], kinds: Iterable[Method]) -> dict[str, Any]:
    """Before there is a job. `kinds`: which may be made, the wanted one first."""
    return {
        "origin": settings.IDENTITY_CLOUD_AUTH_URL,
        "rpId": options.rp_id(),
        "kinds": [kind.value for kind in kinds],
        "signals": signals,
        "providerIcons": {
            aaguid: static(f"icons/providers/{icon}.svg") for aaguid, icon in providers.icons_by_aaguid().items()
        },
    }


def of_job(job: Any, token: str) -> dict[str, Any]:
    identity = job.identity
    return {
        "publicKey": options.creation_options(job, token),
        "token": token,
        "jobId": job.pk,
        "bindUrl": f"{invoke.job_path(job)}:bind",
        "infoUrl": f"{invoke.job_path(job)}:getInfo",
        "tenant": job.tenant_id,
        "realm": job.realm_id,
        "identity": job.identity_id,
        "account": {
            "display_name": identity.display_name,
            "username": identity.username,
            "address": identity.primary_email_address,
        },
    }
