"""What our server is measured with: a realm, a signed-in person, a web application and one that acts on its own behalf.

`python -m benchmarks.rig.seed`, in the environment of the server. Prints JSON: paths, client ids, secrets, the cookie.
"""

import json
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity_cloud.settings")

import django  # noqa: E402

TOKEN = {"expires_after": 3600, "token_signing_algorithm": "ES256"}


def main() -> None:
    django.setup()
    from apps.applications.services import applications, resource_servers
    from apps.web import cookies
    from tests import ceremonies, world

    built = world.build()
    ctx, realm, config = built.request, built.realm, built.acme.customers.config
    web = applications.create_application(
        ctx,
        realm,
        display_name="Web",
        protocol_config=world.web(token_configuration={**TOKEN, "refresh_token": {"enabled": True, "rotate": True}}),
        authenticator_config=config,
    )
    things = resource_servers.create_resource_server(
        ctx, realm, display_name="Things", identifier="https://api.example", scopes=["things:read"]
    )
    machine = applications.create_application(
        ctx,
        realm,
        display_name="Machine",
        protocol_config={
            "type": "oauth2",
            "confidentiality": "confidential",
            "grant_type": ["client_credentials"],
            "allowed_scopes": ["things:read"],
            "token_configuration": TOKEN,
        },
        resource_server=things,
    )
    passkey = ceremonies.give_passkey(built, built.bob)
    client = ceremonies.Client(web.application, web.client_secret)
    done = ceremonies.sign_in(built.visitor, client, passkey)
    print(
        json.dumps(
            {
                "web": described(web),
                "machine": described(machine),
                "cookie": f"{cookies.session_cookie(realm.pk)}={done.session_token}",
            }
        )
    )


def described(made) -> dict[str, str]:
    application = made.application
    return {"path": f"/v1/{application.path}", "id": application.client_id, "secret": made.client_secret}


if __name__ == "__main__":
    main()
