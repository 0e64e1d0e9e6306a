"""Receivers of event streams: real servers on this machine that take, refuse, stall, break off and forget to answer.

Each speaks as the real thing does, keeps what it took in order, and judges the request before it takes it.
"""

import base64
import hashlib
import hmac
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.waiting import PATIENCE_SECONDS

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr"
KEY = "key-of-the-target-0123456789"


@dataclass
class Siem:
    """`moods` are used up, one a request: "refuse" (4xx), "fail" (5xx), "redirect", "stall", "break" (it takes the batch and
    goes away in the middle of its answer); then it takes whatever comes."""

    kind: str
    port: int = 0
    moods: list[str] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    batches: list[str] = field(default_factory=list)
    requests: int = 0
    excuse: str = "Server is busy"
    wrong: list[str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def ids(self) -> list[str]:
        return [event["id"] for event in self.taken]

    @property
    def settings(self) -> dict[str, Any]:
        """What a stream to it is configured with."""
        url = f"http://127.0.0.1:{self.port}"
        return {
            "splunk_hec": {"url": url, "token": KEY, "index": "identity"},
            "datadog": {"url": f"{url}/api/v2/logs", "api_key": KEY},
            "elastic": {"url": url, "api_key": KEY, "index": "logs-identity_cloud-default"},
            "otlp": {"url": url, "header_value": f"Bearer {KEY}"},
            "webhook": {"url": f"{url}/hook?from=identity", "secret": SECRET},
            "syslog": {"host": "127.0.0.1", "port": self.port, "transport": "tcp"},
        }[self.kind]

    def mood(self) -> str:
        with self.lock:
            self.requests += 1
            return self.moods.pop(0) if self.moods else "take"

    def take(self, events: list[dict[str, Any]]) -> None:
        with self.lock:
            self.taken += events
            self.known |= {event["id"] for event in events}


def splunk_hec(siem: Siem, path: str, headers: Any, body: bytes) -> tuple[int, Any]:
    said = [json.loads(line) for line in body.splitlines()]
    _expect(siem, headers["Authorization"] == f"Splunk {KEY}", "token")
    _expect(siem, path == "/services/collector/event" and {each["index"] for each in said} == {"identity"}, path)
    siem.take([each["event"] for each in said])
    return 200, {"text": "Success", "code": 0}


def datadog(siem: Siem, path: str, headers: Any, body: bytes) -> tuple[int, Any]:
    said = json.loads(body)
    _expect(siem, headers["DD-API-KEY"] == KEY and len(said) <= 1000, "key")
    _expect(siem, {each["ddsource"] for each in said} == {"identity-cloud"}, "source")
    siem.take([each["identity_cloud"] for each in said])
    return 202, {}


def elastic(siem: Siem, path: str, headers: Any, body: bytes) -> tuple[int, Any]:
    lines = [json.loads(line) for line in body.decode().split("\n")[:-1]]
    _expect(siem, headers["Authorization"] == f"ApiKey {KEY}", "key")
    _expect(siem, headers["Content-Type"] == "application/x-ndjson", "type")
    _expect(siem, path.startswith("/logs-identity_cloud-default/_bulk"), path)
    items = []
    for action, document in zip(lines[::2], lines[1::2], strict=True):
        event_id = action["create"]["_id"]
        twice = event_id in siem.known
        items.append(
            {"create": {"status": 409 if twice else 201, **({"error": {"type": "conflict"}} if twice else {})}}
        )
        if not twice:
            siem.take([document["identity_cloud"]])
    return 200, {"errors": any("error" in item["create"] for item in items), "items": items}


def otlp(siem: Siem, path: str, headers: Any, body: bytes) -> tuple[int, Any]:
    """An ExportLogsServiceRequest (opentelemetry-proto, logs_service.proto) in its JSON encoding."""
    (resource,) = json.loads(body)["resourceLogs"]
    records = [record for scope in resource["scopeLogs"] for record in scope["logRecords"]]
    _expect(siem, (path, headers["Authorization"]) == ("/v1/logs", f"Bearer {KEY}"), "token")
    _expect(siem, headers["Content-Type"] == "application/json", "type")
    _expect(siem, members(resource["resource"]["attributes"])["service.name"] == "identity-cloud", "service")
    told = [members(record["attributes"]) for record in records]
    _expect(siem, all(each["log.record.uid"] == each["identity_cloud"]["id"] for each in told), "uid")
    siem.take([each["identity_cloud"] for each in told])
    return 200, {"partialSuccess": {}}


def members(attributes: list[dict[str, Any]]) -> dict[str, Any]:
    """KeyValues as JSON has them (opentelemetry-proto, common.proto)."""
    return {each["key"]: value_of(each["value"]) for each in attributes}


def value_of(any_value: dict[str, Any]) -> Any:
    if not any_value:
        return None
    ((kind, value),) = any_value.items()
    if kind == "kvlistValue":
        return members(value["values"])
    if kind == "arrayValue":
        return [value_of(each) for each in value["values"]]
    return int(value) if kind == "intValue" else value


def webhook(siem: Siem, path: str, headers: Any, body: bytes) -> tuple[int, Any]:
    """Verified as standard-webhooks/spec says, by hand."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(base64.b64decode(SECRET.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    _expect(siem, f"v1,{base64.b64encode(digest).decode()}" in headers["webhook-signature"].split(), "signature")
    _expect(siem, abs(time.time() - int(headers["webhook-timestamp"])) < 300, "timestamp")
    siem.batches.append(headers["webhook-id"])
    siem.take(json.loads(body)["data"]["events"])
    return 204, None


HTTP: dict[str, Callable[[Siem, str, Any, bytes], tuple[int, Any]]] = {
    "splunk_hec": splunk_hec, "datadog": datadog, "elastic": elastic, "otlp": otlp, "webhook": webhook,
}  # fmt: skip
KINDS = (*HTTP, "syslog")


def _is_gone(line: socket.socket) -> bool:
    """Whether the other end has closed; one that waits for its answer says nothing more."""
    try:
        line.setblocking(False)
        return line.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        line.setblocking(True)


def _expect(siem: Siem, fits: bool, what: str) -> None:
    if not fits:
        siem.wrong.append(what)


@contextmanager
def listening(kind: str, tls: ssl.SSLContext | None = None) -> Iterator[Siem]:
    siem = Siem(kind)
    with _collector(siem) if kind == "syslog" and tls is None else _tls_or_http(siem, tls):
        yield siem


@contextmanager
def _tls_or_http(siem: Siem, tls: ssl.SSLContext | None) -> Iterator[None]:
    if siem.kind == "syslog":
        with _collector(siem, tls):
            yield
        return

    class Ear(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length or _is_gone(self.connection):  # who sent it was killed, or did not wait for so long
                return
            mood = siem.mood()
            if mood in ("refuse", "fail", "redirect"):
                self._answer({"refuse": 400, "fail": 503, "redirect": 302}[mood], {"code": 9, "text": siem.excuse})
                return
            if mood == "stall":
                siem_stalls.wait(PATIENCE_SECONDS)
                return
            status, said = HTTP[siem.kind](siem, self.path, self.headers, body)
            self._answer(status, said, breaks=mood == "break")

        def _answer(self, status: int, said: Any, breaks: bool = False) -> None:
            content = b"" if said is None else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Length", str(len(content) + (100 if breaks else 0)))
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = True

        def log_message(self, *words: Any) -> None: ...

    siem_stalls = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    siem.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield
    finally:
        siem_stalls.set()
        server.shutdown()
        server.server_close()


@contextmanager
def _collector(siem: Siem, tls: ssl.SSLContext | None = None) -> Iterator[None]:
    """A syslog server: takes frames as they come, and closes when the other side is done."""
    door = socket.create_server(("127.0.0.1", 0))
    siem.port = door.getsockname()[1]
    done = threading.Event()

    def serve(line: socket.socket) -> None:
        mood = siem.mood()
        if mood == "stall":
            done.wait(PATIENCE_SECONDS)
        if mood in ("refuse", "fail", "stall"):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            line.close()  # with a reset, as one does that has not read what came
            return
        if tls is not None:
            try:
                line = tls.wrap_socket(line, server_side=True)
            except ssl.SSLError:
                return  # who does not believe us goes away
        read = b""
        try:
            while piece := line.recv(65_536):
                read += piece
        except OSError:
            return  # nor is what a broken connection left
        siem.take([message_of(frame) for frame in frames(read)])
        if mood == "break":
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.close()

    def listen() -> None:
        while not done.is_set():
            try:
                line, _ = door.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(line,), daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield
    finally:
        done.set()
        door.close()


def frames(read: bytes) -> Iterator[bytes]:
    """RFC 6587 §3.4.1."""
    while read:
        length, _, rest = read.partition(b" ")
        yield rest[: int(length)]
        read = rest[int(length) :]


def message_of(frame: bytes) -> dict[str, Any]:
    """The JSON of an RFC 5424 message: PRI and VERSION, TIMESTAMP, HOSTNAME, APP-NAME, PROCID, MSGID, STRUCTURED-DATA."""
    *_, message = frame.split(b" ", 7)
    found: dict[str, Any] = json.loads(message)
    return found
