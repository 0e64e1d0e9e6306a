import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authentication", "0005_added_devices")]

    operations = [
        migrations.AddField(
            "recovery",
            "allowance",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="recoveries",
                to="authentication.codeallowance",
            ),
        ),
    ]
