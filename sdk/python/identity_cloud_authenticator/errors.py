"""What can go wrong: each has a `code` to act on and a message that may be shown; `status` is the server's, or 0."""


class AuthenticatorError(Exception):
    code = "broken"

    def __init__(self, message: str, *, code: str = "", status: int = 0, correlation_id: str = "") -> None:
        super().__init__(message)
        self.code = code or self.code
        self.status = status
        self.correlation_id = correlation_id


class LinkRefused(AuthenticatorError):
    """The binding link is none, is of another server, or is used, expired or revoked: ask for a new one."""

    code = "link_refused"


class RequestRefused(AuthenticatorError):
    """The sign-in request is not one that the issuer signed for us now: start again at the authorization endpoint."""

    code = "request_refused"


class Denied(AuthenticatorError):
    """The server understood and said no; its reason is in the realm's events."""

    code = "denied"


class PasskeyMissing(AuthenticatorError):
    """No passkey for this realm, or several and none named."""

    code = "passkey_missing"


class KeysUnsafe(AuthenticatorError):
    """The file of keys may be read by others, or is not one of ours."""

    code = "keys_unsafe"


class NoAnswer(AuthenticatorError):
    """The server could not be reached. Asking again may help."""

    code = "no_answer"


class ServerBroken(AuthenticatorError):
    """An answer that is not of this protocol."""

    code = "server_broken"
