"""Software passkeys for Identity Cloud, without a browser: for servers, command lines and load tests.

    authenticator = Authenticator(issuer, KeyFile("passkeys.json"))
    authenticator.bind(link)
    allowed = authenticator.sign_in(authorization_url)

A passkey's private half is where its Keys keep it; nothing else here remembers anything.
"""

from identity_cloud_authenticator.authenticator import Allowed, Authenticator
from identity_cloud_authenticator.errors import (
    AuthenticatorError,
    Denied,
    KeysUnsafe,
    LinkRefused,
    NoAnswer,
    PasskeyMissing,
    RequestRefused,
    ServerBroken,
)
from identity_cloud_authenticator.keys import KeyFile, Keys, MemoryKeys
from identity_cloud_authenticator.passkey import Passkey
from identity_cloud_authenticator.transport import Answer, Transport, over_http

__version__ = "1.0.0"
__all__ = [
    "Allowed",
    "Answer",
    "Authenticator",
    "AuthenticatorError",
    "Denied",
    "KeyFile",
    "Keys",
    "KeysUnsafe",
    "LinkRefused",
    "MemoryKeys",
    "NoAnswer",
    "Passkey",
    "PasskeyMissing",
    "RequestRefused",
    "ServerBroken",
    "Transport",
    "over_http",
]
