"""The page of an app at an origin of its own, with the published SDK that the contract was read from (wire.md §3.0)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import Page

PACKAGE = Path(__file__).parent / "relying_parties/node_modules/@beyondidentity/bi-sdk-js/dist/bi-embedded.js"
_PAGE = b'<!doctype html><title>App</title><script src="/sdk.js"></script><h1>App</h1>'


class _Site(BaseHTTPRequestHandler):
    def __init__(self, script: bytes, *args: Any) -> None:
        self.script = script
        super().__init__(*args)

    def do_GET(self) -> None:  # noqa: N802 - http.server's name
        is_script = self.path == "/sdk.js"
        body = self.script if is_script else _PAGE
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if is_script else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


@contextmanager
def served() -> Iterator[str]:
    """Yields the origin."""
    with ThreadingHTTPServer(("localhost", 0), partial(_Site, PACKAGE.read_bytes())) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@dataclass
class Sdk:
    """The SDK on an open page. `call` names a method of its and passes arguments; an error it throws is raised."""

    page: Page

    def call(self, method: str, *arguments: Any) -> Any:
        script = f"""async () => {{
            window.sdk ??= await embeddedsdk.Embedded.initialize({{allowedDomains: ["localhost"]}});
            return await window.sdk.{method}(...{json.dumps(arguments)});
        }}"""
        return self.page.evaluate(script)
