import apps.core.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("authentication", "0011_sessions_of_a_person"),
        ("realms", "0004_logos_and_theme_drafts"),
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="WrongCodes",
            fields=[
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "id",
                    models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("subject_digest", models.CharField(max_length=64)),
                ("began_at", models.DateTimeField()),
                ("number", models.PositiveIntegerField(default=0)),
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
                "indexes": [models.Index(fields=["began_at"], name="wrong_codes_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("subject_digest", "realm"), name="one_count_of_wrong_codes")
                ],
            },
        ),
    ]
