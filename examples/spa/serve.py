"""Serves the app in this folder: every path that is no file is the app itself, which looks at its own address.

    python3 examples/spa/serve.py spa.json

A web server in front of your own app does the same two things: that, and the content security policy.
"""

import json
import os
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

FOLDER = Path(__file__).resolve().parent
FILES = {"/app.js", "/oidc.js", "/style.css"}


class App(SimpleHTTPRequestHandler):
    def __init__(self, *args: object, known: dict[str, str]) -> None:
        self.known = known
        super().__init__(*args, directory=str(FOLDER))  # type: ignore[arg-type]

    def do_GET(self) -> None:  # noqa: N802 - the name is the library's
        path = urlsplit(self.path).path
        if path == "/config.json":
            return self.tell(json.dumps(self.known).encode())
        self.path = path if path in FILES else "/index.html"
        return super().do_GET()

    def tell(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        """The SDK is a script of the issuer's origin, and speaks to it; nothing else is let in."""
        issuer = urlsplit(self.known["issuer"])
        origin = f"{issuer.scheme}://{issuer.netloc}"
        own = f"default-src 'none'; img-src data:; style-src 'self'; script-src 'self' {origin}; connect-src 'self' {origin}"
        self.send_header(
            "Content-Security-Policy", f"{own}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        self.send_header("Referrer-Policy", "no-referrer")  # a binding link's token is in the address
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Addresses hold tokens and codes; they are not written down."""


def main(config_file: str) -> None:
    known = json.loads(Path(config_file).read_text(encoding="utf-8"))
    port = int(os.environ.get("SPA_PORT", "5173"))
    print(f"http://localhost:{port}", flush=True)
    ThreadingHTTPServer(("localhost", port), partial(App, known=known)).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
