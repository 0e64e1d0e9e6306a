"""Whoever reads the database, the log or the record learns no secret of anybody's (anchors G6, M-4, N)."""

import json
import logging
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from apps.credentials.services import jobs
from apps.realms import tasks
from apps.tokens import keys
from apps.tokens.services.exchange import TokenRefused
from identity_cloud import preflight
from tests import ceremonies
from tests.authenticator import SoftPasskey

pytestmark = pytest.mark.django_db


def everything_kept():
    """Every row of every table, as bytes and as text: what a stolen backup holds."""
    kept = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')  # noqa: S608 - our own table names
            for row in cursor.fetchall():
                kept += [
                    bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for value in row
                ]
    return b"\n".join(kept)


@pytest.fixture
def secrets_of_a_day(world, caplog):
    """A whole day of Bob's: invited by mail and by link, bound, signed in, mistaken, redeemed; Ada's machine at work."""
    caplog.set_level(logging.DEBUG)
    mailed = jobs.create_job(
        world.request, world.bob, delivery_method="EMAIL", authenticator_config=world.acme.customers.config
    )
    invitation = ceremonies.invite(world, world.bob)
    passkey = SoftPasskey()
    ceremonies.bind(world.visitor, invitation, passkey)
    client = ceremonies.client_of(world)
    done = ceremonies.sign_in(world.visitor, client, passkey)
    with pytest.raises(TokenRefused):
        client.redeem(world.visitor, done.code, client_secret="a wrong secret of somebody's")
    answer = client.redeem(world.visitor, done.code)
    waiting = ceremonies.sign_in(world.visitor, client, passkey).code
    return {
        "binding link sent": ceremonies.token_of(mailed.link),
        "binding link returned": ceremonies.token_of(invitation.link),
        "browser session": done.session_token,
        "flow cookie": ceremonies.BROWSER,
        "used code": done.code,
        "waiting code": waiting,
        "verifier": client.verifier,
        "client secret": client.secret,
        "a wrong secret": "a wrong secret of somebody's",
        "access token": answer["access_token"],
        "its signature": answer["access_token"].rpartition(".")[2][:-6],  # the last six are shown in lists
        "id token": answer["id_token"],
        "management secret": world.acme.management_secret,
        "management token": ceremonies.management_token(world.visitor, world.acme),
        "first application's secret": world.acme.opened.first_application.client_secret,
        "signing key": keys.current_key(world.realm.pk, "ES256").key.as_dict(private=True)["d"],
        "sealed key's form": "PRIVATE KEY",
    }


def test_the_database_holds_none_of_them(secrets_of_a_day):
    kept = everything_kept()
    assert b"bob@acme.test" in kept  # it was looked at
    assert [name for name, secret in secrets_of_a_day.items() if secret.encode() in kept] == []


def test_nor_does_it_when_the_mail_has_left(secrets_of_a_day, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert tasks.send_waiting_mail() == 1
    kept = everything_kept()
    assert [name for name, secret in secrets_of_a_day.items() if secret.encode() in kept] == []


def test_no_log_says_one_even_when_it_says_everything(secrets_of_a_day, caplog):
    said = "\n".join(
        f"{record.getMessage()} {record.__dict__}" for record in caplog.records if "django.db" not in record.name
    )
    assert [name for name, secret in secrets_of_a_day.items() if secret in said] == []


def test_what_is_minted_shows_itself_to_nobody_who_prints_it(world, secrets_of_a_day):
    shown = json.dumps([repr(world.application), repr(world.bob), str(world.application.__dict__)], default=str)
    assert secrets_of_a_day["client secret"] not in shown


def test_nothing_starts_on_a_database_whose_keys_it_cannot_open(world, settings):
    preflight.open_signing_keys()
    theirs, other = settings.KEY_ENCRYPTION_KEYS[0], bytes(32)
    settings.KEY_ENCRYPTION_KEYS = (other,)
    with pytest.raises(preflight.NotReady, match="KEY_ENCRYPTION_KEY does not open"):
        preflight.open_signing_keys()
    settings.KEY_ENCRYPTION_KEYS = (other, theirs)
    preflight.open_signing_keys()
    settings.KEY_ENCRYPTION_KEYS = (other,)
    call_command("rotate_signing_keys", "--retire-now", verbosity=0, stdout=StringIO())
    preflight.open_signing_keys()
