from django.db import migrations, models


class Migration(migrations.Migration):
    """A certificate alone finds the flow that it answers; a stronger proof is asked for only so often."""

    dependencies = [("authentication", "0002_logout_notices")]

    operations = [
        migrations.AddField(
            model_name="loginflow",
            name="proof_digest",
            field=models.CharField(blank=True, default="", max_length=43),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="loginflow",
            name="asked_again",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name="loginflow",
            index=models.Index(
                condition=models.Q(("proof_digest", ""), _negated=True),
                fields=["proof_digest"],
                name="login_flow_proof",
            ),
        ),
    ]
