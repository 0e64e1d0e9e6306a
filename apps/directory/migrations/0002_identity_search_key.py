from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from apps.core import names


def fill(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """As apps.directory.services.identities writes it."""
    identity_model = apps.get_model("directory", "Identity")  # type: ignore[attr-defined]
    for identity in identity_model.objects.iterator(chunk_size=1000):
        name = names.comparison_key(identity.display_name)[: names.USERNAME_KEY_LENGTH]
        identity.search_key = "\n".join((name, identity.pk, identity.username_key, identity.email_key))
        identity.save(update_fields=["search_key"])


class Migration(migrations.Migration):
    dependencies = [("directory", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="identity",
            name="search_key",
            field=models.CharField(default="", max_length=540),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="identity",
            index=models.Index(fields=["realm", "search_key"], name="identity_search"),
        ),
    ]
