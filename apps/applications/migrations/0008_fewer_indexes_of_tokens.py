import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

REALM_ROWS = ("accesstoken", "grant", "refreshtoken")
TOKENS = ("accesstoken", "refreshtoken")
LEFT_OUT = {
    "accesstoken": ("created", "id_token", "resource", "source_refresh_token", "token", "updated"),
    "grant": ("created", "updated"),
    "refreshtoken": ("access_token", "created", "resource", "token", "token_family", "updated"),
}
DIGESTS = (("accesstoken", "access_token"), ("refreshtoken", "refresh_token"))


def unchecked(to):
    """Neither checked by the database nor looked for by itself."""
    nothing = django.db.models.deletion.DO_NOTHING
    return models.ForeignKey(to=to, on_delete=nothing, related_name="+", db_constraint=False, db_index=False)


def unindexed(to, **options):
    return models.ForeignKey(to=to, on_delete=django.db.models.deletion.CASCADE, db_index=False, **options)


def person(model):
    options = {"null": True} if model == "accesstoken" else {}
    return unindexed(settings.AUTH_USER_MODEL, related_name=f"applications_{model}", **options)


def application():
    return unindexed(settings.OAUTH2_PROVIDER_APPLICATION_MODEL)


def grant():
    nothing = django.db.models.deletion.DO_NOTHING
    to = settings.OAUTH2_PROVIDER_GRANT_MODEL
    return models.ForeignKey(to=to, null=True, on_delete=nothing, related_name="+", db_constraint=False)


class Migration(migrations.Migration):
    """Of 45 indexes of these tables 20 are left, of 13 references checked with each row 5: the others nobody asked by."""

    dependencies = [
        ("applications", "0007_applications_in_order_of_their_names"),
        ("realms", "0001_initial"),
        ("tenants", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterUniqueTogether("refreshtoken", set()),
        *(migrations.RemoveField(model, name) for model, names in LEFT_OUT.items() for name in names),
        *(migrations.AlterField(model, "realm", unchecked("realms.realm")) for model in REALM_ROWS),
        *(migrations.AlterField(model, "tenant", unchecked("tenants.tenant")) for model in REALM_ROWS),
        *(migrations.AlterField(model, "user", person(model)) for model in REALM_ROWS),
        *(migrations.AlterField(model, "application", application()) for model in TOKENS),
        *(migrations.RenameField(model, "grant_id", "grant") for model in TOKENS),
        *(migrations.AlterField(model, "grant", grant()) for model in TOKENS),
        *(migrations.AlterField(model, "jti", models.CharField(max_length=43)) for model in TOKENS),
        *(migrations.AlterField(model, "token_checksum", models.CharField(max_length=64)) for model in TOKENS),
        migrations.AlterField("grant", "code", models.CharField(max_length=64)),
        migrations.AlterField("grant", "credential_id", models.CharField(max_length=16, blank=True)),
        *(
            migrations.AddConstraint(model, models.UniqueConstraint(fields=(column,), name=f"{name}_{said}"))
            for model, name in DIGESTS
            for column, said in (("token_checksum", "digest"), ("jti", "jti"))
        ),
        migrations.AddConstraint("grant", models.UniqueConstraint(fields=("code",), name="grant_code")),
        *(
            migrations.AddIndex(model, models.Index(fields=["user"], name=f"{name}_person"))
            for model, name in (*DIGESTS, ("grant", "grant"))
        ),
        migrations.AddIndex("grant", models.Index(fields=["credential_id"], name="grant_passkey")),
    ]
