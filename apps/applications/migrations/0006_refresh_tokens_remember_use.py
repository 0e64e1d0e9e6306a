from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("applications", "0005_grants_families_and_devices")]

    operations = [
        migrations.AddField(model_name="refreshtoken", name="last_used_at", field=models.DateTimeField(null=True)),
    ]
