import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Who is signed in to an application is listed by when they signed in. One index takes the place of another."""

    dependencies = [("applications", "0008_fewer_indexes_of_tokens")]

    operations = [
        migrations.AddIndex(
            "grant", models.Index(fields=["application", "authenticated_at", "id"], name="grant_application")
        ),
        migrations.AlterField(
            "grant",
            "application",
            models.ForeignKey(
                to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                on_delete=django.db.models.deletion.CASCADE,
                db_index=False,
            ),
        ),
    ]
