from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("realms", "0002_email_templates")]
    operations = [
        migrations.AddField(
            model_name="realm",
            name="event_retention_days",
            field=models.PositiveSmallIntegerField(default=90),
        ),
    ]
