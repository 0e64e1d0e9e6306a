"""The three servers, each with its own database in one PostgreSQL, two worker processes, and the targets to measure."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from benchmarks.rig.load import Target
from benchmarks.rig.party import FORM, Client, ask
from benchmarks.rig.process import ROOT, output_of, parent_of, serving
from identity_cloud.serve import Listener, web_server
from tests import services

PEERS = ROOT / "benchmarks" / "peers"
WORKERS = 2
PEER_SECRET = "peer-secret-0123456789-0123456789"  # noqa: S105
Targets = dict[str, Target]


def database(cluster_url: str, name: str) -> str:
    """A new, empty database. Returns its URL."""
    import psycopg

    with psycopg.connect(cluster_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    return urlsplit(cluster_url)._replace(path=f"/{name}").geturl()


def database_pid(cluster_url: str) -> int:
    import psycopg

    with psycopg.connect(cluster_url) as connection:
        return parent_of(connection.info.backend_pid)


def of_process(pid: int, found: Targets) -> Targets:
    return {row: replace(target, pid=pid) for row, target in found.items()}


@contextmanager
def ours(cluster_url: str, folder: Path) -> Iterator[Targets]:
    port = services.free_port()
    environment = {
        **services.PRODUCTION_SECRETS,
        "DATABASE_URL": database(cluster_url, "measured"),
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "TRUSTED_PROXIES": "1",  # so that each sign-in may come from an address of its own
    }
    output_of([sys.executable, "manage.py", "migrate", "--verbosity", "0"], environment)
    seeded = json.loads(output_of([sys.executable, "-m", "benchmarks.rig.seed"], environment))
    with serving(web_server(Listener("127.0.0.1", port, WORKERS), behind_proxy=True), port, environment, folder) as pid:
        web, machine, base_url = seeded["web"], seeded["machine"], f"http://localhost:{port}"
        client = Client(
            base_url, f"{web['path']}/authorize", f"{web['path']}/token", web["id"], web["secret"], seeded["cookie"]
        )
        actor = Client(base_url, "", f"{machine['path']}/token", machine["id"], machine["secret"])
        found = targets(
            client,
            actor,
            scope="openid offline_access",
            userinfo=f"{web['path']}/userinfo",
            introspection=f"{web['path']}/introspect",
            discovery=f"{web['path']}/.well-known/openid-configuration",
            jwks=f"{web['path']}/.well-known/jwks.json",
            addresses=True,
        )
        yield of_process(pid, found)


@contextmanager
def stock_dot(cluster_url: str, folder: Path, *, threads: int = 0) -> Iterator[Targets]:
    """On gunicorn: its own one request a worker, or `threads` of them."""
    port, key = services.free_port(), folder / "rsa.pem"
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    packages = folder / "packages"
    if not packages.exists():
        pinned = ["--require-hashes", "--target", str(packages), "-r", "requirements/benchmarks.txt"]
        output_of([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pinned], {})
    environment = {
        "DATABASE_URL": database(cluster_url, f"stock_dot_{threads}"),
        "DJANGO_SETTINGS_MODULE": "benchmarks.peers.stock_dot.settings",
        "PYTHONPATH": str(packages),
        "RSA_KEY_FILE": str(key),
    }
    cookie = output_of([sys.executable, "-m", "benchmarks.peers.stock_dot.seed"], environment)
    kind = ["--worker-class", "gthread", "--threads", str(threads)] if threads else []
    options = ["--workers", str(WORKERS), *kind, "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    command = [sys.executable, "-m", "gunicorn", *options, "benchmarks.peers.stock_dot.wsgi"]
    with serving(command, port, environment, folder) as pid:
        base_url = f"http://localhost:{port}"
        found = targets(
            Client(base_url, "/o/authorize/", "/o/token/", "web", PEER_SECRET, cookie),
            Client(base_url, "", "/o/token/", "machine", PEER_SECRET),
            scope="openid",
            userinfo="/o/userinfo/",
            introspection="/o/introspect/",
            discovery="/o/.well-known/openid-configuration",
            jwks="/o/.well-known/jwks.json",
        )
        yield of_process(pid, found)


@contextmanager
def oidc_provider(cluster_url: str, folder: Path) -> Iterator[Targets]:
    port, home = services.free_port(), folder / "oidc_provider"
    home.mkdir()
    for file in (PEERS / "oidc_provider").iterdir():
        (home / file.name).write_bytes(file.read_bytes())
    subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=home, check=True)
    environment = {
        "DATABASE_URL": database(cluster_url, "oidc_provider"),
        "ISSUER": f"http://localhost:{port}",
        "WORKERS": str(WORKERS),
        "NODE_ENV": "production",
    }
    with serving(["node", str(home / "server.js")], port, environment, folder) as pid:
        base_url = f"http://localhost:{port}"
        found = targets(
            Client(base_url, "/auth", "/token", "web", PEER_SECRET),
            Client(base_url, "", "/token", "machine", PEER_SECRET),
            scope="openid offline_access",
            userinfo="/me",
            introspection="/token/introspection",
            discovery="/.well-known/openid-configuration",
            jwks="/jwks",
        )
        opaque = Client(base_url, "", "/token", "opaque", PEER_SECRET)
        yield of_process(pid, {**found, "client_credentials, opaque": own_behalf(opaque)})


def targets(
    client: Client,
    actor: Client,
    *,
    scope: str,
    userinfo: str,
    introspection: str,
    discovery: str,
    jwks: str,
    addresses: bool = False,
) -> Targets:
    """Every row, each asked once: a server that does not answer is not measured."""
    cookie, tokens = client.sign_in(scope)
    pair = base64.b64encode(f"{client.client_id}:{client.secret}".encode()).decode()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    inspected = {"method": "POST", "path": introspection, "headers": {**FORM, "Authorization": f"Basic {pair}"}}
    single = {
        "introspection": {**inspected, "body": urlencode({"token": tokens["access_token"]})},
        "userinfo": {"method": "GET", "path": userinfo, "headers": bearer},
        "discovery": {"method": "GET", "path": discovery, "headers": {}},
        "JWKS": {"method": "GET", "path": jwks, "headers": {}},
    }
    flow = {
        "authorize": client.authorization_request(scope),
        "token": client.token,
        "cookie": cookie,
        "form": client.code_form(),
        "addresses": addresses,
    }
    found = {"client_credentials": own_behalf(actor), "code flow": Target(client.base_url, "flow", flow)}
    if "refresh_token" in tokens:
        refreshing = {**flow, "refresh": client.form("refresh_token", refresh_token="")}
        found["refresh"] = Target(client.base_url, "flow", refreshing)
    return found | {
        name: Target(client.base_url, "single", told) for name, told in single.items() if works(client, told)
    }


def own_behalf(actor: Client) -> Target:
    form = actor.form("client_credentials")
    actor.ask_token(form)
    return Target(actor.base_url, "single", {"method": "POST", "path": actor.token, "headers": FORM, "body": form})


def works(client: Client, told: dict) -> bool:
    status, _, body = ask(client.base_url, told["method"], told["path"], told["headers"], told.get("body", ""))
    inactive = "token" in told.get("body", "") and json.loads(body or "{}").get("active") is not True
    if status != 200 or inactive:
        print(f"left out: {client.base_url}{told['path']} answered {status} {body[:120]!r}", file=sys.stderr)
        return False
    return True
