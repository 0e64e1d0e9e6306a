"""SCIM 2.0 (RFC 7643, RFC 7644): a realm's directory for those who provision it. The protocol is scim2-server's, its view
django-scim2's; storage, filters and authority are ours. Refuses as the directory does, in SCIM's words."""
