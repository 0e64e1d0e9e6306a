from django.db import models


class SignUp(models.Model):
    """A sign-up form that made its tenant. The row is written in the tenant's own transaction and its key is unique, so of
    two submits of one form exactly one opens a tenant. A row and not a cache entry: a cache may be emptied, down, or another
    process's, and it would remember a form whose transaction was rolled back. One row a tenant is all it ever holds.
    """

    token_digest = models.CharField(max_length=64, primary_key=True)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.tenant_id
