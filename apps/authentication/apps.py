from django.apps import AppConfig


class AuthenticationConfig(AppConfig):
    name = "apps.authentication"

    def ready(self) -> None:
        from apps.authentication import (
            arriving_devices,
            device_additions,
            endings,
            lockout,
            one_time_codes,
            security_notices,
            trials,
        )
        from apps.authentication.services import sessions
        from apps.credentials.services import passkeys
        from apps.directory.services import groups, identities
        from apps.policy import services as policy
        from apps.realms import services as realms

        identities.when_ended(endings.end_for_identity)
        passkeys.when_bound(security_notices.passkey_bound)
        passkeys.when_revoked(security_notices.passkey_revoked)
        passkeys.when_revoked(endings.end_for_credential)
        groups.when_left(endings.end_for_former_members)
        groups.before_left(lockout.refuse_departure)
        policy.before_published(trials.require_expected)
        policy.before_published(lockout.refuse_lockout)
        passkeys.knows_of_jobs(arriving_devices.facts_of)
        passkeys.when_bound(arriving_devices.complete)
        realms.owns_furniture(one_time_codes.remove_codes)
        realms.owns_furniture(device_additions.remove_additions)
        realms.owns_furniture(sessions.remove_sessions)
