"""What a new tenant and a new realm hold, and that all of it comes into being or none (contract/extensions.md §2, §10)."""

import io
import json
import re

import pytest
from django.core.management import CommandError, call_command

from apps.applications.models import Application, ResourceServer, Role
from apps.applications.scopes import MANAGEMENT_SCOPES
from apps.applications.services import applications
from apps.applications.services.applications import ManagedApplication
from apps.authenticators import services as authenticators
from apps.authenticators.services import ManagedConfig
from apps.core.errors import Invalid
from apps.credentials.models import CredentialBindingJob
from apps.directory import selectors as directory
from apps.events.models import Event
from apps.events.types import EventType
from apps.onboarding import services as onboarding
from apps.policy import selectors as policy
from apps.realms import selectors as realms
from apps.realms import services as realm_verbs
from apps.realms.services import AdminRealmIsFixed, RealmHasChildren, RealmNameTaken
from apps.tenants.models import Tenant
from apps.tokens import keys
from apps.tokens.issuer import endpoints_of
from apps.tokens.models import SigningKey
from tests import ceremonies
from tests import record as auditor
from tests.world import World, web

pytestmark = pytest.mark.django_db


def open_tenant(world, **changes):
    asked = {"name": "Newcomer", "admin_email": "nora@newcomer.test", "admin_name": "Nora New", **changes}
    return onboarding.create_tenant(world.visitor, delivery_method="RETURN", **asked)


def test_a_tenant_has_an_admin_realm_and_a_first_realm(world):
    made = open_tenant(world)
    assert made.tenant.pk.startswith("0001")
    found = {realm.display_name: realm.classification for realm in realms.realms_in(made.tenant.pk)}
    assert found == {"Identity Cloud Admin Realm": "ADMIN", "My First Realm": "SECURE_CUSTOMER"}
    assert realms.admin_realm_of(made.tenant.pk) == made.admin_realm


def test_the_admin_realm_holds_the_two_managed_applications(world):
    made = open_tenant(world)
    console, api = Application.objects.filter(realm=made.admin_realm).order_by("display_name")
    assert (console.display_name, api.display_name) == ("Identity Cloud Admin Console", "Identity Cloud Management API")
    assert console.is_managed
    assert api.is_managed
    assert (console.client_type, console.pkce, console.grant_types) == ("public", "s256", ["authorization_code"])
    assert console.authenticator_config.type == "hosted_web"
    assert (api.client_type, api.grant_types, api.authenticator_config) == (
        "confidential",
        ["client_credentials"],
        None,
    )
    assert api.token_expires_after_seconds == 7_776_000


def test_it_holds_the_management_api_with_every_scope_a_role_with_all_and_a_group_with_that_role(world):
    made = open_tenant(world)
    server = ResourceServer.objects.get(realm=made.admin_realm)
    role = Role.objects.get(realm=made.admin_realm)
    group = directory.groups_in(made.admin_realm).get()
    assert (server.identifier, server.is_managed, tuple(server.scopes)) == ("identity-cloud", True, MANAGEMENT_SCOPES)
    assert (role.display_name, role.is_managed, tuple(role.scopes)) == ("Super Administrators", True, MANAGEMENT_SCOPES)
    assert (group.display_name, group.is_managed) == ("Admin Console Access", True)
    assert [membership.group for membership in role.memberships.all()] == [group]
    assert list(directory.members_of(group)) == [made.administrator]
    assert made.administrator.primary_email_address == "nora@newcomer.test"


def test_its_policy_lets_that_group_and_nobody_else_in(world):
    made = open_tenant(world)
    sign_in, bind = policy.published(made.admin_realm).rules
    group = directory.groups_in(made.admin_realm).get()
    in_group = {"attribute": "identity.group_ids", "operator": "contains_any", "value": [group.pk]}
    assert bind["condition"] == in_group
    assert in_group in sign_in["condition"]["all"]
    assert {rule["action"]["type"] for rule in (sign_in, bind)} == {"allow"}


def test_the_first_realm_can_be_used_at_once(world):
    made = open_tenant(world)
    application = made.first_application.application
    assert (application.display_name, application.realm) == ("My First Application", made.first_realm)
    assert len(made.first_application.client_secret) == 48
    assert application.authenticator_config == made.first_config
    assert [rule["name"] for rule in policy.published(made.first_realm).rules] == ["First passkey", "Passkey sign-in"]
    assert {key["alg"] for key in keys.jwks(made.first_realm)["keys"]} == {"ES256"}


def test_the_first_administrator_makes_a_passkey_and_signs_in(world):
    made = open_tenant(world)
    assert "/credential-binding-jobs/" in made.invitation.link
    newcomer = World(world.ctx, world.acme, world.evil)
    passkey = ceremonies.SoftPasskey()
    ceremonies.bind(newcomer.visitor, made.invitation, passkey)
    callback = made.console.redirect_uri_list[0]
    client = ceremonies.Client(made.console, "", redirect_uri=callback)
    answer = ceremonies.tokens_for(newcomer.visitor, client, passkey, scope="openid identities:read")
    assert answer["scope"] == "openid identities:read"


def test_nothing_comes_into_being_untold(world):
    made = open_tenant(world)
    told = {event.type for event in auditor.events(made.admin_realm)}
    assert told == {
        "TENANT_CHANGE", "REALM_CHANGE", "RESOURCE_SERVER_CHANGE", "AUTHENTICATOR_CONFIG_CHANGE", "APPLICATION_CHANGE",
        "IDENTITY_CHANGE", "GROUP_CHANGE", "GROUP_MEMBERSHIP_CHANGE", "ROLE_CHANGE", "ROLE_MEMBERSHIP_CHANGE",
        "SIGNING_KEY_CHANGE", "POLICY_CHANGE", "CREDENTIAL_BINDING_JOB_CHANGE",
    }  # fmt: skip
    assert {event.type for event in auditor.events(made.first_realm)} == {
        "SIGNING_KEY_CHANGE", "POLICY_CHANGE", "AUTHENTICATOR_CONFIG_CHANGE", "APPLICATION_CHANGE",
    }  # fmt: skip
    assert {event.outcome for event in auditor.events(made.admin_realm)} == {"SUCCESS"}


def test_no_event_holds_a_secret(world):
    made = open_tenant(world)
    kept = json.dumps(list(Event.objects.values("data", "targets")), default=str)
    for secret in (
        made.management_api.client_secret,
        made.first_application.client_secret,
        ceremonies.token_of(made.invitation.link),
    ):
        assert secret not in kept
    assert "PRIVATE" not in kept


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "<b>"}, ["name"]),
        ({"name": "x" * 65}, ["name"]),
        ({"admin_email": ""}, ["admin_email"]),
        ({"admin_email": "nora"}, ["admin_email"]),
        ({"admin_name": "\x00"}, ["admin_name"]),
        ({"name": "", "admin_email": "x", "admin_name": "{}"}, ["name", "admin_email", "admin_name"]),
    ],
)
def test_a_form_that_is_wrong_is_refused_field_by_field_and_leaves_nothing(world, changes, fields):
    before = Tenant.objects.count(), Event.objects.count(), SigningKey.objects.count()
    with pytest.raises(Invalid) as refused:
        open_tenant(world, **changes)
    assert [violation.field for violation in refused.value.violations] == fields
    assert (Tenant.objects.count(), Event.objects.count(), SigningKey.objects.count()) == before


@pytest.mark.parametrize(
    ("address", "name"),
    [("nora@newcomer.test", "nora"), ("nora+work=x@newcomer.test", "nora+workx"), ("=~!@newcomer.test", "Administrator"),
     ("n" * 64 + "@newcomer.test", "n" * 64)],
)  # fmt: skip
def test_without_a_name_the_administrator_is_called_by_the_address(world, address, name):
    assert open_tenant(world, admin_email=address, admin_name="").administrator.display_name == name


def test_a_failure_half_way_leaves_nothing(world, monkeypatch):
    monkeypatch.setattr("apps.onboarding.furnishing.open_first_realm", lambda *_: 1 / 0)
    before = Tenant.objects.count(), Event.objects.count()
    with pytest.raises(ZeroDivisionError):
        open_tenant(world)
    assert (Tenant.objects.count(), Event.objects.count()) == before


def test_the_command_prints_everything_a_script_needs():
    out = io.StringIO()
    call_command("create_tenant", "--name", "Acme", "--admin-email", "ada@acme.test", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert set(told) == {
        "tenant_id", "admin_realm_id", "admin_identity_id", "binding_link", "console_url", "management_api", "first_realm",
    }  # fmt: skip
    api = Application.objects.get(pk=told["management_api"]["application_id"])
    assert told["management_api"]["issuer"] == endpoints_of(api).issuer
    assert told["management_api"]["token_endpoint"] == endpoints_of(api).issuer + "/token"
    assert set(told["first_realm"]) == {"realm_id", "application_id", "authenticator_config_id"}
    assert CredentialBindingJob.objects.get(identity_id=told["admin_identity_id"]).state == "LINK_SENT"


def test_the_command_says_what_is_wrong_in_one_line():
    with pytest.raises(CommandError, match="^admin_email: not an e-mail address$"):
        call_command("create_tenant", "--name", "Acme", "--admin-email", "ada", stdout=io.StringIO())


def test_without_json_the_command_speaks_to_a_person():
    out = io.StringIO()
    call_command("create_tenant", "--name", "Acme", "--admin-email", "ada@acme.test", stdout=out)
    assert re.search(r"https?://\S+:invokeAuthenticator\?token=\S{64}", out.getvalue())


# --- managed things -----------------------------------------------------------------------------------------------------


def test_managed_applications_and_their_config_refuse_every_change(world):
    for application in (world.acme.console, world.acme.management_api):
        with pytest.raises(ManagedApplication):
            applications.delete_application(world.ctx, application)
        with pytest.raises(ManagedApplication):
            applications.update_application(
                world.ctx, application, display_name="Mine", protocol_config=web(), resource_server=None,
                authenticator_config=application.authenticator_config,
            )  # fmt: skip
    config = world.acme.console.authenticator_config
    with pytest.raises(ManagedConfig):
        authenticators.update_authenticator_config(world.ctx, config, display_name="Mine")
    with pytest.raises(ManagedConfig):
        authenticators.delete_authenticator_config(world.ctx, config)


# --- realms -------------------------------------------------------------------------------------------------------------


def make_realm(world, name="Partners", **changes):
    return onboarding.create_realm(world.ctx, world.acme.tenant, world.acme.admin_realm, display_name=name, **changes)


def test_a_realm_is_told_of_in_the_admin_realm_and_begins_with_a_key_and_rules(world):
    realm = make_realm(world)
    told = auditor.last(world.acme.admin_realm, EventType.REALM_CHANGE)
    assert (told.data["action"], told.targets[0]["id"], told.actor_id) == ("CREATE", realm.pk, world.ada.pk)
    assert auditor.told(realm) == [("SIGNING_KEY_CHANGE", "SUCCESS"), ("POLICY_CHANGE", "SUCCESS")]
    assert policy.published(realm).version == 1


@pytest.mark.parametrize("name", ["Customers", "CUSTOMERS", " customers "])
def test_two_realms_of_a_tenant_have_two_names(world, name):
    with pytest.raises(RealmNameTaken):
        make_realm(world, name)
    onboarding.create_realm(world.ctx, world.evil.tenant, world.evil.admin_realm, display_name=name)


@pytest.mark.parametrize("classification", ["ADMIN", "", "secure_customer", "OTHER", None, []])
def test_nobody_makes_another_admin_realm(world, classification):
    with pytest.raises(Invalid):
        make_realm(world, classification=classification)


def test_an_empty_realm_goes_with_all_its_furniture_and_one_with_people_stays(world):
    realm = make_realm(world)
    realm_verbs.delete_realm(world.ctx, realm, world.acme.admin_realm)
    assert "Partners" not in {found.display_name for found in realms.realms_in(world.acme.tenant.pk)}
    assert auditor.last(world.acme.admin_realm, EventType.REALM_CHANGE).data["action"] == "DELETE"
    with pytest.raises(RealmHasChildren):
        realm_verbs.delete_realm(world.ctx, world.realm, world.acme.admin_realm)
    ceremonies.give_passkey(world, world.bob)


def test_a_first_realm_nobody_used_can_be_deleted(world):
    realm_verbs.delete_realm(world.ctx, world.acme.opened.first_realm, world.acme.admin_realm)


def test_the_admin_realm_is_fixed(world):
    admin = world.acme.admin_realm
    for change in (
        lambda: realm_verbs.delete_realm(world.ctx, admin, admin),
        lambda: realm_verbs.update_realm(world.ctx, admin, display_name="Mine"),
    ):
        with pytest.raises(AdminRealmIsFixed):
            change()


def test_renaming_a_realm(world):
    realm_verbs.update_realm(world.ctx, world.realm, display_name="Buyers")
    with pytest.raises(RealmNameTaken):
        realm_verbs.update_realm(world.ctx, world.realm, display_name="staff")
    assert realms.get_realm(world.acme.tenant.pk, world.realm.pk).display_name == "Buyers"
