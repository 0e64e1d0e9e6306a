"""What `make demo` serves beside the product: the shop of examples/relying_party, for the tenant of examples/seed.py."""

import json
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

from identity_cloud.configuration import Configuration
from identity_cloud.parent import BASE_DIR, Child

SEED = [sys.executable, "-m", "examples.seed"]


@dataclass(frozen=True, slots=True)
class Demo:
    """What the seed left in DATA_DIR/demo.json. A link is "" for somebody who has a passkey."""

    shop: str
    issuer: str
    client_id: str
    client_secret: str
    ada_link: str
    bob_link: str

    @property
    def port(self) -> int:
        return urlsplit(self.shop).port or 80

    def relying_party(self) -> Child:
        """It is given what any relying party is given, by environment, so that nobody else on the machine reads it."""
        told = {"ISSUER": self.issuer, "CLIENT_ID": self.client_id, "CLIENT_SECRET": self.client_secret}
        command = [sys.executable, str(BASE_DIR / "examples/relying_party/app.py")]
        return Child("relying party", command, {**told, "PORT": str(self.port)})

    def lines(self) -> list[str]:
        known = "has a passkey already"
        return [
            f"  Shop      {self.shop} signs people in with Identity Cloud",
            f"  Ada       administers Acme: {self.ada_link or known}",
            f"  Bob       buys at the shop: {self.bob_link or known}",
        ]


def read(settings: Configuration) -> Demo:
    known = json.loads((settings.data_dir / "demo.json").read_text())
    return Demo(**{name: known[name] for name in Demo.__slots__})
