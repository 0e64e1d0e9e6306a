"""What a directory typically sends, as its description shows it."""

from typing import Any

_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
_MESSAGES = "urn:ietf:params:scim:api:messages:2.0"
EXAMPLES: dict[str, dict[str, Any]] = {
    "User": {
        "schemas": [_USER],
        "externalId": "00u1k7x2",
        "userName": "ada@example.com",
        "displayName": "Ada Lovelace",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"value": "ada@example.com", "type": "work", "primary": True}],
        "active": True,
    },
    "Group": {"schemas": [_GROUP], "displayName": "Engineering", "members": [{"value": "3f1c0a9b52d7e846"}]},
    "Patch": {
        "schemas": [f"{_MESSAGES}:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": False}],
    },
    "Bulk": {
        "schemas": [f"{_MESSAGES}:BulkRequest"],
        "Operations": [
            {
                "method": "POST",
                "path": "/Users",
                "bulkId": "1",
                "data": {"schemas": [_USER], "userName": "ada@example.com"},
            }
        ],
    },
}
