"""How client secrets are stored: SHA-256. They are 256 random bits of ours, so a slow hash would only slow us down
(PBKDF2 costs 350 ms a token request)."""

import hmac
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher

from apps.core import secrets


class SHA256SecretHasher(BasePasswordHasher):
    algorithm = "sha256_secret"

    def encode(self, password: str, salt: str) -> str:
        return f"{self.algorithm}${secrets.digest(password)}"

    def verify(self, password: str, encoded: str) -> bool:
        return hmac.compare_digest(self.encode(password, ""), encoded)

    def decode(self, encoded: str) -> dict[str, str]:
        algorithm, _, hash_ = encoded.partition("$")
        return {"algorithm": algorithm, "hash": hash_, "salt": ""}

    def salt(self) -> str:
        return ""

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        return {"algorithm": self.algorithm}

    def must_update(self, encoded: str) -> bool:
        return False

    def harden_runtime(self, password: str, encoded: str) -> None:
        pass
