"""Verbs on tokens: exchange a code, a secret or a refresh token for them, read userinfo, introspect, revoke."""
