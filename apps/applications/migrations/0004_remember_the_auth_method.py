from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0003_grants_know_their_passkey"),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="token_endpoint_auth_method",
            field=models.CharField(blank=True, default="", max_length=32),
            preserve_default=False,
        ),
    ]
