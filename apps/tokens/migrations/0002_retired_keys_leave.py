from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="signingkey",
            name="published_until",
            field=models.DateTimeField(null=True),
        ),
    ]
