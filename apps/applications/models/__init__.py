"""The six swapped rows of django-oauth-toolkit, and resource servers and roles beside them. Django looks for them here.

All six must be swapped together, in one app, in its first migration (design/house.md "package seams"). What the
toolkit's rows lack for many realms (tenant, realm, hashed codes, families, jti) is added in these files.
"""

from apps.applications.models.applications import Application, TokenFormat
from apps.applications.models.grants import Consent, DeviceGrant, Grant
from apps.applications.models.of_realm import OfRealm
from apps.applications.models.resource_servers import ResourceServer
from apps.applications.models.roles import Role, RoleMembership
from apps.applications.models.tokens import AccessToken, IDToken, IssuedToken, RefreshToken

__all__ = [
    "AccessToken",
    "Application",
    "Consent",
    "DeviceGrant",
    "Grant",
    "IDToken",
    "IssuedToken",
    "OfRealm",
    "RefreshToken",
    "ResourceServer",
    "Role",
    "RoleMembership",
    "TokenFormat",
]
