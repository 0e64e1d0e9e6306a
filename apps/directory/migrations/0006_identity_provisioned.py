from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("directory", "0005_people_count")]
    operations = [
        migrations.AddField(
            model_name="identity",
            name="provisioned",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
    ]
