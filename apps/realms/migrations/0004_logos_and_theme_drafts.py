import apps.core.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("realms", "0003_event_retention"),
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Logo",
            fields=[
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "id",
                    models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("digest", models.CharField(max_length=64)),
                ("media_type", models.CharField(max_length=16)),
                ("width", models.PositiveSmallIntegerField()),
                ("height", models.PositiveSmallIntegerField()),
                ("content", models.BinaryField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "realm",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="realms.realm"),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.tenant"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("realm", "digest"), name="one_logo_of_a_content_in_realm")
                ],
            },
        ),
        migrations.CreateModel(
            name="ThemeDraft",
            fields=[
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "id",
                    models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("email_realm_name", models.CharField(max_length=64)),
                ("logo_url_light", models.CharField(blank=True, max_length=2048)),
                ("logo_url_dark", models.CharField(blank=True, max_length=2048)),
                ("support_url", models.CharField(blank=True, max_length=2048)),
                ("button_color", models.CharField(default="#4450C8", max_length=7)),
                ("button_text_color", models.CharField(default="#FFFFFF", max_length=7)),
                ("based_on", models.DateTimeField()),
                ("updated_by_name", models.CharField(blank=True, max_length=128)),
                (
                    "realm",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="realms.realm"),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.tenant"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("realm",), name="one_theme_draft_per_realm")],
            },
        ),
    ]
