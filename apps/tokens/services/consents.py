"""Taking back what a third party's application was let have (giving it belongs to signing in)."""

from apps.applications.models import Application, Consent
from apps.core.context import Context
from apps.core.errors import NotFound
from apps.directory.models import Identity
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.tokens import families


def revoke_consent(ctx: Context, identity: Identity, application: Application) -> None:
    """Forgets what the person agreed to, and ends every grant and token that the application has of them: the next sign-in
    asks again. Raises NotFound, for one taken back already too."""
    with attempt(ctx, EventType.CONSENT_CHANGE, application.realm, action="REVOKE") as event:
        event.target(application)
        event.target(identity)
        agreed = Consent.objects.filter(identity=identity, application=application)
        if agreed.delete()[0] == 0:
            raise NotFound("Consent", str(application.pk))
        event.data["tokens"] = families.end_tokens(ctx, user=identity, application=application)
