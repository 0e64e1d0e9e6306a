"""Ways out to an identity provider and back, as rows: made with a login flow, spent once by who brings the state back."""

from datetime import datetime

from django.db.models.functions import Now

from apps.authentication.flows import FlowUnknown
from apps.authentication.models import LoginFlow, ProviderSignIn
from apps.core import ids, secrets
from apps.core.context import Context
from apps.federation.asking import Secrets
from apps.federation.models import IdentityProvider


def insert(
    ctx: Context, flow: LoginFlow, provider: IdentityProvider, own: Secrets, proven_since: datetime | None
) -> ProviderSignIn:
    """In the place of any other of the flow: one tab's, one provider's."""
    ProviderSignIn.objects.filter(flow=flow).delete()
    row = ProviderSignIn(
        id=ids.uuid7(),
        realm_id=flow.realm_id,
        tenant_id=flow.tenant_id,
        flow=flow,
        provider=provider,
        state_digest=secrets.digest(own.state),
        nonce_digest=secrets.digest(own.nonce),
        proven_since=proven_since,
        expires_at=flow.expires_at,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    row.sealed_verifier = secrets.seal(own.verifier.encode(), _purpose(row))
    row.save(force_insert=True)
    return row


def find(provider: IdentityProvider, state: str) -> ProviderSignIn:
    """By what the provider gave back, at the address of that very provider. Raises FlowUnknown."""
    rows = ProviderSignIn.objects.select_related(
        "flow__application__authenticator_config", "flow__application__realm__tenant"
    )
    found = rows.filter(realm_id=provider.realm_id, provider=provider, state_digest=secrets.digest(state)).first()
    if found is None:
        raise FlowUnknown("LoginFlow")
    return found


def take(row: ProviderSignIn) -> bool:
    """One wins, by the database's clock."""
    unspent = ProviderSignIn.objects.filter(pk=row.pk, spent_at=None, expires_at__gt=Now())
    return unspent.update(spent_at=Now()) == 1


def verifier_of(row: ProviderSignIn) -> str:
    return secrets.unseal(row.sealed_verifier, _purpose(row)).decode()


def _purpose(row: ProviderSignIn) -> str:
    return f"provider_sign_in.verifier:{row.pk}"
