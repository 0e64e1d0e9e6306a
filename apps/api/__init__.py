"""The management API's door: the reference's resources under /v1/tenants/… (contract/wire.md §1, extensions.md §3, §10).

Refuses what its caller's token does not cover before it looks at anything else; every refusal has the contract's body.
"""
