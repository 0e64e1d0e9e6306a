"""Asking a server that somebody else named: never a neighbour, never for long, never much (contract/extensions.md §7).

A canary listens on loopback. Names are resolved by the tests: that is what leaves the process.
"""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from apps.core import outgoing
from apps.core.outgoing import Unreachable
from tests.waiting import PATIENCE_SECONDS


@dataclass
class Canary:
    """Counts whoever comes, and answers what it is told to."""

    port: int = 0
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    body: bytes = b'{"keys": []}'
    drips: threading.Event | None = None  # a byte now and then, until it is set

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/keys"


@pytest.fixture
def canary() -> Iterator[Canary]:
    yield from listening(None)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Self-signed, for localhost; its key is in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(hours=1), now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def encrypted_canary(certificate: Path) -> Iterator[Canary]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    yield from listening(tls)


def listening(tls: ssl.SSLContext | None) -> Iterator[Canary]:
    told = Canary()

    class Ear(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            told.asked.append((self.command, self.headers["Host"], self.rfile.read(length)))
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.end_headers()
            while told.drips and not told.drips.wait(0.1):
                self.wfile.write(b" ")
            self.wfile.write(told.body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # whoever was cut off is no news
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    told.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield told
    server.shutdown()
    server.server_close()


@pytest.fixture
def at_home(settings) -> None:
    settings.OUTGOING_ALLOW_PRIVATE = settings.OUTGOING_ALLOW_LOOPBACK = True


def names_lead_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Each look-up takes the next answer; the last is repeated. Returns what was looked up."""
    looked_up: list[str] = []

    def look_up(host: str, port: int, **_: object) -> list[tuple]:
        addresses = answers[min(len(looked_up), len(answers) - 1)]
        looked_up.append(host)
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [
            (family, socket.SOCK_STREAM, 6, "", (address, port))
            for family, address in zip(families, addresses, strict=True)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return looked_up


NEIGHBOURS = [
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1",
    "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "192.88.99.1", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1",
    "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "100::1", "3fff::1", "5f00::1",
]  # fmt: skip


@pytest.mark.parametrize("address", NEIGHBOURS)
def test_an_address_that_is_not_of_the_open_internet_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    assert not outgoing.is_public(address)
    names_lead_to(monkeypatch, [address])
    with pytest.raises(Unreachable, match="its address is not public"):
        outgoing.get_json("https://keys.shop.test/jwks")


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450::1"])
def test_others_may_be(address: str) -> None:
    assert outgoing.is_public(address)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "[::ffff:127.0.0.1]",
     "[::ffff:7f00:1]", "127.0.0.1.", "LOCALHOST", "[0:0:0:0:0:0:0:1]"],
)  # fmt: skip
def test_loopback_is_known_however_it_is_written(canary: Canary, host: str) -> None:
    for scheme in ("http", "https"):
        with pytest.raises(Unreachable):
            outgoing.get_json(f"{scheme}://{host}:{canary.port}/keys")
        with pytest.raises(Unreachable):
            outgoing.get_json(f"{scheme}://{host}/keys")
    assert canary.asked == []


@pytest.mark.parametrize(
    "url",
    ["", "keys", "//shop.test/keys", "file:///etc/passwd", "gopher://shop.test/", "ftp://shop.test/", "data:,{}",
     "http://shop.test/keys", "https://", "https:///keys", "https://ada@shop.test/", "https://shop.test:22/",
     "https://shop.test:6379/", "https://shop.test:99999/", "https://shop.test:port/", "https://[::1", "https://sh\u00f6p.test/",
     "https://shop.test/\r\nX: y", "https://shop.test/ x", "https://" + "a" * 300 + ".test/"],
)  # fmt: skip
def test_what_is_no_https_url_is_not_asked(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    names_lead_to(monkeypatch, ["127.0.0.1"])
    with pytest.raises(Unreachable):
        outgoing.get_json(url)


def test_one_neighbour_among_a_names_addresses_spoils_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    names_lead_to(monkeypatch, ["8.8.8.8", "127.0.0.1"])
    with pytest.raises(Unreachable, match="its address is not public"):
        outgoing.get_json("https://keys.shop.test/jwks")


def test_a_name_is_looked_up_once_and_what_was_found_is_what_is_asked(
    monkeypatch: pytest.MonkeyPatch, canary: Canary
) -> None:
    """Rebinding: public for the check, loopback for the connection."""
    looked_up = names_lead_to(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    went_to: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        went_to.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Unreachable):
        outgoing.get_json("https://keys.shop.test/jwks")
    assert (looked_up, went_to) == (["keys.shop.test"], [("8.8.8.8", 443)])


@pytest.mark.usefixtures("at_home")
def test_a_redirect_is_an_answer_and_is_not_followed(canary: Canary) -> None:
    canary.status, canary.headers = 302, {"Location": canary.url}
    with pytest.raises(Unreachable, match="it answered 302"):
        outgoing.get_json(canary.url)
    assert outgoing.post_form(canary.url, {"a": "b"}).status == 302
    assert len(canary.asked) == 2


@pytest.mark.usefixtures("at_home")
def test_a_document_is_read_and_a_form_is_posted(canary: Canary) -> None:
    assert outgoing.get_json(canary.url) == {"keys": []}
    canary.headers = {"Content-Type": "application/jwk-set+json; charset=utf-8"}
    assert outgoing.get_json(canary.url) == {"keys": []}
    canary.status = 204
    assert outgoing.post_form(canary.url, {"logout_token": "a b&c"}).is_success
    own = f"127.0.0.1:{canary.port}"
    assert canary.asked == [("GET", own, b""), ("GET", own, b""), ("POST", own, b"logout_token=a+b%26c")]


@pytest.mark.usefixtures("at_home")
@pytest.mark.parametrize("content_type", ["text/html", "text/json", "", "application/jsonp"])
def test_what_is_not_json_is_not_read(canary: Canary, content_type: str) -> None:
    canary.headers = {"Content-Type": content_type}
    with pytest.raises(Unreachable, match="not answer with JSON"):
        outgoing.get_json(canary.url)


@pytest.mark.usefixtures("at_home")
@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 60_000, b"\x1f\x8b\x08"])
def test_json_that_cannot_be_read_is_nothing(canary: Canary, body: bytes) -> None:
    canary.body = body
    with pytest.raises(Unreachable, match="cannot be read"):
        outgoing.get_json(canary.url)


@pytest.mark.usefixtures("at_home")
def test_more_than_64_KiB_is_too_much(canary: Canary) -> None:
    canary.body = json.dumps({"keys": ["x" * outgoing.BODY_BYTES]}).encode()
    with pytest.raises(Unreachable, match="too much"):
        outgoing.get_json(canary.url)


@pytest.mark.usefixtures("at_home")
def test_who_drips_is_cut_off_in_time(monkeypatch: pytest.MonkeyPatch, canary: Canary) -> None:
    monkeypatch.setattr(outgoing, "SECONDS", 0.5)
    canary.drips = threading.Event()
    with pytest.raises(Unreachable, match="the connection failed"):
        outgoing.get_json(canary.url)
    assert not canary.drips.is_set(), "it had not come to its end"
    canary.drips.set()


@pytest.mark.usefixtures("at_home")
def test_a_name_that_takes_too_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "SECONDS", 0.2)
    found = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found.wait(PATIENCE_SECONDS) and [])
    with pytest.raises(Unreachable, match="its name leads nowhere"):
        outgoing.get_json("https://keys.shop.test/jwks")
    assert not found.is_set()
    found.set()


@pytest.mark.usefixtures("at_home")
def test_encryption_means_a_certificate_for_that_name(
    monkeypatch: pytest.MonkeyPatch, encrypted_canary: Canary, certificate: Path
) -> None:
    """Development lifts the rule on addresses, never the check of certificates."""
    url = f"https://localhost:{encrypted_canary.port}/keys"
    with pytest.raises(Unreachable, match="SSLCertVerificationError"):
        outgoing.get_json(url)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert outgoing.get_json(url) == {"keys": []}
    with pytest.raises(Unreachable, match="SSLCertVerificationError"):
        outgoing.get_json(url.replace("localhost", "127.0.0.1"))
    assert len(encrypted_canary.asked) == 1


@pytest.mark.usefixtures("at_home")
def test_unencrypted_is_for_loopback_alone(canary: Canary) -> None:
    with pytest.raises(Unreachable, match="SSLError"):  # it speaks no TLS
        outgoing.get_json(canary.url.replace("http:", "https:"))
    with pytest.raises(Unreachable, match="not https"):
        outgoing.get_json("http://keys.shop.test/jwks")


@pytest.mark.usefixtures("at_home")
def test_a_handshake_that_never_ends_is_cut_off_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "SECONDS", 0.4)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unreachable):
        outgoing.get_json(f"https://localhost:{silent.getsockname()[1]}/keys")


def test_this_very_machine_is_asked_by_its_own_names_where_that_is_allowed(canary: Canary, settings) -> None:
    settings.OUTGOING_ALLOW_LOOPBACK = True
    assert outgoing.get_json(canary.url) == {"keys": []}


def test_a_name_that_leads_home_is_no_name_of_this_machine(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OUTGOING_ALLOW_LOOPBACK = True
    names_lead_to(monkeypatch, ["127.0.0.1"])
    with pytest.raises(Unreachable, match="not public"):
        outgoing.get_json("https://inside.example/keys")
