"""The made-up tenant, people and menu that the showcase is filled with."""

LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh the Younger"
PEOPLE = [
    ("Ada Lovelace", "ada@analytical.example", "ACTIVE", 2, 0.1),
    ("Grace Hopper", "grace@navy.example", "ACTIVE", 3, 3),
    ("Katherine Johnson", "katherine@langley.example", "ACTIVE", 1, 28),
    ("Alan Turing", "alan@bletchley.example", "SUSPENDED", 1, 400),
    ("Hedy Lamarr", "hedy@frequency.example", "ACTIVE", 2, 50),
    ("Łukasz Ćwikła", "lukasz@przykład.example", "PENDING", 0, None),
    (LONG_NAME, "wolfe@long.example", "ACTIVE", 1, 900),
    ("Barbara Liskov", "barbara@substitution.example", "ACTIVE", 4, 2200),
    ("Edsger Dijkstra", "edsger@shortest.example", "ACTIVE", 1, 5000),
    ("Margaret Hamilton", "margaret@apollo.example", "ACTIVE", 2, 9000),
]
REALM = {
    "id": "caf2ff640497591a",
    "display_name": "Contoso Staff",
    "classification": "SECURE_WORKFORCE",
    "url": "?",
}
REALMS = [
    REALM,
    {
        "id": "19a95130480dfa79",
        "display_name": "Contoso Shop",
        "classification": "SECURE_CUSTOMER",
        "url": "?",
    },
    {"id": "1a2b3c4d5e6f7a8b", "display_name": "Beyond the Sea", "classification": "SECURE_CUSTOMER", "url": "?"},
    {"id": "0f1e2d3c4b5a6978", "display_name": "Admin realm", "classification": "ADMIN", "url": "?"},
]
NAV = [
    ("", [("Home", "house", "parts"), ("Realms", "boxes", "empty")]),
    ("Directory", [("Identities", "users-round", "list"), ("Groups", "contact", "")]),
    (
        "Access",
        [("Applications", "app-window", "form"), ("Authenticators", "fingerprint", ""), ("Policy", "shield-check", "")],
    ),
    ("Monitoring", [("Events", "activity", "events")]),
    ("Settings", [("Branding", "palette", ""), ("Realm settings", "settings", "")]),
]
CURL = """curl -H "Authorization: Bearer $TOKEN" \\
  https://api.contoso.example/v1/tenants/000176d94fd7b4d1/realms"""
JSON = """{
  "type": "AUTHENTICATION_TRANSACTION",
  "outcome": "ALLOW",
  "correlation_id": "0199a3f2-77c1-7e5a-b1f0-6a1d9a2c44e1",
  "data": {"phase": "COMPLETE", "binding": "hardware"}
}"""
SIGNALS = [
    {"label": "Browser", "value": "Firefox 145"},
    {"label": "Operating system", "value": "macOS 26.1"},
    {"label": "Language", "value": "English (UK)"},
    {"label": "Time zone", "value": "Europe/Berlin"},
    {"label": "Passkeys", "value": "This device can make and use them"},
]
