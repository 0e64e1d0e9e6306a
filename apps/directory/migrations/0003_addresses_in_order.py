from django.db import migrations, models


class Migration(migrations.Migration):
    """Whoever is found by an address comes in the order of a list: SQLite would otherwise walk the realm in that order."""

    dependencies = [("directory", "0002_identity_search_key")]

    operations = [
        migrations.RemoveIndex(model_name="identity", name="identity_email"),
        migrations.AddIndex(
            model_name="identity",
            index=models.Index(fields=["realm", "email_key", "id"], name="identity_email"),
        ),
    ]
