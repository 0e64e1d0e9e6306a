"""New keys for the checkpoints of a tenant's logs. Old ones sign nothing more, and are published for ever: what they signed
is to be believed for as long as anybody keeps it."""

from apps.core.context import Context
from apps.events import keys
from apps.events.attempt import attempt
from apps.events.models import CheckpointKey
from apps.events.types import EventType
from apps.realms import selectors as realms


def rotate_checkpoint_key(ctx: Context, tenant_id: str) -> CheckpointKey:
    """Told of in the admin realm. Raises NotFound."""
    realm = realms.admin_realm_of(tenant_id)
    with attempt(ctx, EventType.SIGNING_KEY_CHANGE, realm, action="ROTATE_CHECKPOINT_KEY") as event:
        before = keys.current_kid(tenant_id)
        key = keys.new_key(tenant_id)
        event.changed("checkpoint_kid", before, key.kid)
    return key
