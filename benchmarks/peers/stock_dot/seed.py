"""Tables, one person with a session, and two applications. Prints the session's cookie."""

from importlib import import_module

import django


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
    from django.core.management import call_command
    from oauth2_provider.models import get_application_model

    call_command("migrate", verbosity=0)
    application, secret = get_application_model(), "peer-secret-0123456789-0123456789"
    person = get_user_model().objects.create_user("bob", email="bob@example.com")
    common = {"client_type": "confidential", "client_secret": secret, "hash_client_secret": False, "user": person}
    application.objects.create(
        **common,
        client_id="web",
        authorization_grant_type="authorization-code",
        redirect_uris="http://localhost:3000/callback",
        algorithm="RS256",
        skip_authorization=True,
    )
    application.objects.create(**common, client_id="machine", authorization_grant_type="client-credentials")
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    print(f"sessionid={session.session_key}")


if __name__ == "__main__":
    main()
