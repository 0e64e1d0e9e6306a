from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0009_grants_in_order_of_sign_in"),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="require_signed_request_object",
            field=models.BooleanField(default=False),
        ),
    ]
