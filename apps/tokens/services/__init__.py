"""Verbs on tokens: exchange a code or secret for tokens, read userinfo, revoke."""
