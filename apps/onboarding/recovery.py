"""The last resort: nobody gets into the console any more, and somebody with a shell on the server lets one back in.

Not on any face. What it does is on the record, one event for each thing, by the system.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from django.conf import settings
from django.db import transaction

from apps.applications import selectors as applications
from apps.authenticators.models import AuthenticatorConfig
from apps.core.context import Context
from apps.core.errors import NotFound
from apps.credentials.models import DeliveryMethod
from apps.credentials.services import jobs
from apps.directory import selectors as directory
from apps.directory.models import Group, Identity
from apps.directory.services import groups, identities
from apps.onboarding import seeds
from apps.policy import services as policy
from apps.policy.models import PolicyVersion
from apps.realms import selectors as realms

_LINK_LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Recovered:
    """`binding_link` is in clear here and nowhere else."""

    identity: Identity
    policy: PolicyVersion
    binding_link: str


def recover_admin(ctx: Context, tenant_id: str, name: str) -> Recovered:
    """Puts the seeded rules of the admin realm in force, past the guard and the policy tests; makes the person active and a
    member of the administrators' group; and invites them to bind a passkey. All of it or nothing.

    `name` is an identity's id or username, of the tenant's admin realm. Raises NotFound.
    """
    realm = realms.admin_realm_of(tenant_id)
    with transaction.atomic():
        identity = directory.identity_by_username(realm, name) or directory.get_identity(realm, name)
        group = Group.objects.filter(realm=realm, is_managed=True, display_name=seeds.ADMIN_GROUP).first()
        if group is None:
            raise NotFound("Group")
        console = applications.managed_application(realm, applications.ADMIN_CONSOLE)
        rules = seeds.admin_rules(str(console.pk), group.pk)
        version = policy.publish_at_once(ctx, realm, rules, comment="Administrators' access recovered on the server")
        if not identity.is_active:
            identities.unsuspend_identity(ctx, identity)
        groups.add_members(ctx, group, [identity.pk])
        invitation = jobs.create_job(
            ctx,
            identity,
            delivery_method=DeliveryMethod.RETURN,
            authenticator_config=cast(AuthenticatorConfig, console.authenticator_config),
            post_binding_redirect_uri=f"{settings.IDENTITY_CLOUD_CONSOLE_URL}/console/login?tenant={realm.tenant_id}",
            expires_after=_LINK_LIFE,
        )
    return Recovered(identity, version, invitation.link)
