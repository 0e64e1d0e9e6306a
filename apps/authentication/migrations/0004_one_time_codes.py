import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.ids


def _id():
    return models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)


def _in_realm():
    kept = django.db.models.deletion.PROTECT
    return [
        ("created_at", models.DateTimeField()),
        ("updated_at", models.DateTimeField()),
        ("realm", models.ForeignKey(on_delete=kept, related_name="+", to="realms.realm")),
        ("tenant", models.ForeignKey(on_delete=kept, related_name="+", to="tenants.tenant")),
    ]


def _of(model, name="+", null=False):
    return models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name=name, to=model, null=null)


class Migration(migrations.Migration):
    dependencies = [
        ("authentication", "0003_flows_are_found_by_their_proof"),
        ("realms", "0002_email_templates"),
        ("tenants", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        migrations.swappable_dependency(settings.OAUTH2_PROVIDER_APPLICATION_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CodeAllowance",
            fields=[
                *_in_realm(),
                ("id", _id()),
                ("address_digest", models.CharField(max_length=64)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("realm", "address_digest"), name="one_allowance_per_address")
                ],
                "indexes": [models.Index(fields=["updated_at"], name="code_allowance_age")],
            },
        ),
        migrations.CreateModel(
            name="Recovery",
            fields=[
                *_in_realm(),
                ("id", _id()),
                ("identity", _of(settings.AUTH_USER_MODEL, null=True)),
                ("application", _of(settings.OAUTH2_PROVIDER_APPLICATION_MODEL)),
                ("token_digest", models.CharField(max_length=64, unique=True)),
                ("browser_digest", models.CharField(blank=True, max_length=64)),
                ("correlation_id", models.CharField(max_length=64)),
                ("expires_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
            ],
            options={"indexes": [models.Index(fields=["expires_at"], name="recovery_expiry")]},
        ),
        migrations.CreateModel(
            name="OneTimeCode",
            fields=[
                *_in_realm(),
                ("id", _id()),
                ("allowance", _of("authentication.codeallowance", "codes")),
                ("flow", _of("authentication.loginflow", "codes", null=True)),
                ("recovery", _of("authentication.recovery", "codes", null=True)),
                ("identity", _of(settings.AUTH_USER_MODEL, null=True)),
                ("address", models.CharField(blank=True, max_length=254)),
                ("code_digest", models.CharField(max_length=64)),
                ("was_sent", models.BooleanField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("expires_at", models.DateTimeField()),
                ("redeemed_at", models.DateTimeField(null=True)),
                ("replaced_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(flow=None, recovery__isnull=False)
                        | models.Q(flow__isnull=False, recovery=None),
                        name="code_is_for_one_thing",
                    )
                ],
                "indexes": [models.Index(fields=["allowance", "created_at"], name="code_allowance_recent")],
            },
        ),
    ]
