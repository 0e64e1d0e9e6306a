"""What static/sdk/identity-cloud.js believes and what it says when something is wrong, in a browser and without the product:
the far end is scripted, so that it can lie."""

import base64
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from playwright.sync_api import Page, Route

from tests import browser as browsers
from tests.keyholder import KeyHolder

FOLDER = Path(__file__).resolve().parents[3] / "static"
APP, CLOUD = "http://localhost:4999", "http://localhost:5999"
ISSUER = f"{CLOUD}/v1/tenants/t/realms/r/applications/a"
JOB = f"{CLOUD}/v1/tenants/t/realms/r/identities/i/credential-binding-jobs/j"
LINK = f"{JOB}:invokeAuthenticator?token=secret"
FIELDS = {
    "api_base_url": CLOUD,
    "tenant_id": "t",
    "realm_id": "r",
    "identity_id": "i",
    "job_id": "j",
    "token": "secret",
}
INFO = {"identity": {"display_name": "Bob", "traits": {"username": "bob"}}, "realm": {"display_name": "Pets"}}
HEADERS = {
    "Access-Control-Allow-Origin": APP,
    "Access-Control-Allow-Headers": "authorization, content-type, x-correlation-id",
    "Access-Control-Expose-Headers": "Retry-After, X-Correlation-Id, Date",
    "X-Correlation-Id": "c-1",
}
CALL = """async ([issuer, method, given]) => {
  const sdk = await import("/sdk/identity-cloud.js");
  try {
    const cloud = await sdk.initialize({ issuer, signals: false });
    return { answer: await cloud[method](...given) };
  } catch (error) {
    const { name, code = "", message, remedy = "", status, correlationId, retryAfter } = error;
    const ours = error instanceof sdk.IdentityCloudError;
    return { name, code, message, remedy, status, correlationId, retryAfter, ours };
  }
}"""


class FarEnd:
    """Answers by path, [status, body] or None for none at all, or a list of such; notes who was asked."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.key = KeyHolder("ES256", kid="k1")
        self.asked: list[str] = []
        self.headers = {**HEADERS, "Retry-After": "7"}
        self.start_over()
        page.route("**/*", self.route)
        page.goto(APP)

    def start_over(self) -> None:
        self.asked.clear()
        self.answers: dict[str, Any] = {
            ":invokeAuthenticator": [200, FIELDS],
            ":getInfo": [200, INFO],
            ":bind": [200, {"id": "cred-1", "state": "ACTIVE"}],
            "/jwks.json": [200, self.key.jwks],
            "/bi-authenticate": [200, {"type": "allow", "code": "c", "redirect_url": "https://shop.test/?code=c"}],
        }

    def route(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        if f"{url.scheme}://{url.netloc}" == APP:
            file = FOLDER / url.path.lstrip("/")
            kind = "text/javascript" if file.suffix == ".js" else "text/html"
            body = file.read_bytes() if file.is_file() else b"<!doctype html>"
            return route.fulfill(body=body, headers={**self.headers, "Content-Type": kind})
        if route.request.method == "OPTIONS":
            return route.fulfill(status=204, headers=HEADERS)
        self.asked.append(route.request.url)
        found = next((answer for ending, answer in self.answers.items() if url.path.endswith(ending)), None)
        if isinstance(found, list) and not isinstance(found[0], int):  # one after the other
            found = found.pop(0) if len(found) > 1 else found[0]
        if found is None:
            return route.abort()
        body = found[1] if isinstance(found[1], str) else json.dumps(found[1])
        return route.fulfill(status=found[0], body=body, headers=self.headers)

    def call(self, method: str, *given: Any, issuer: str = ISSUER) -> dict[str, Any]:
        return self.page.evaluate(CALL, [issuer, method, list(given)])

    def request(
        self, *, header: dict[str, Any] | None = None, authn: dict[str, Any] | None = None, **claims: Any
    ) -> str:
        now = int(time.time())
        place = {
            "base_url": CLOUD,
            "tid": "t",
            "rid": "r",
            "aid": "a",
            "redirect_uri": "https://shop.test/",
            "state": "s",
        }
        action = {"prove": {"transaction_id": "flow", "nonce": "n-1", "bi_pol_ver": "v3"}}
        told = {"verb": "authenticate", "cid": "c-1", "iat": now, "nbf": now, "exp": now + 600, **claims}
        told["authn"] = {**place, "action": action, **(authn or {})}
        own = {"typ": "JWT", "alg": "ES256", "kid": "k1", "jku": f"{ISSUER}/.well-known/jwks.json", **(header or {})}
        return f"{APP}/bi-authenticate?request={self.key.sign(own, told)}"


@pytest.fixture(scope="module")
def scripted(chromium: Any) -> Iterator[FarEnd]:
    desk = browsers.sit_down(chromium, APP)
    yield FarEnd(desk.page)
    desk.context.close()


@pytest.fixture
def far_end(scripted: FarEnd) -> FarEnd:
    scripted.start_over()
    scripted.page.evaluate("indexedDB.deleteDatabase('identity-cloud')")
    return scripted


def refused(told: dict[str, Any], name: str, code: str) -> None:
    assert (told.get("name"), told.get("code"), told.get("ours")) == (name, code, True), told
    assert told["message"].endswith(".") or told["status"], told
    assert told["remedy"], told


def bind(far_end: FarEnd) -> dict[str, Any]:
    return far_end.call("bindPasskey", LINK, {"kind": "software"})["answer"]["passkey"]


def test_a_url_is_known_by_its_shape(far_end: FarEnd) -> None:
    led_on = f"{APP}/auth/bind?" + "&".join(f"{name}={value}" for name, value in FIELDS.items())
    for url in (LINK, led_on):
        assert far_end.call("isBindPasskeyUrl", url) == {"answer": True}
    for url in (LINK.partition("?")[0], led_on.replace("&token=secret", ""), f"{APP}/bind", "", "bind", None, 5):
        assert far_end.call("isBindPasskeyUrl", url) == {"answer": False}
    assert far_end.call("isAuthenticateUrl", far_end.request()) == {"answer": True}
    for url in (f"{APP}/bi-authenticate", f"{APP}/bi-authenticate?request=x", far_end.request() + "x.", "", None):
        assert far_end.call("isAuthenticateUrl", url) == {"answer": False}
    assert far_end.asked == []


@pytest.mark.parametrize("issuer", ["", "nonsense", "http://auth.test/v1", "ftp://auth.test", f"{ISSUER}?a=b", None])
def test_an_issuer_is_a_safe_url(far_end: FarEnd, issuer: Any) -> None:
    refused(far_end.call("getPasskeys", issuer=issuer), "UsageError", "invalid_options")


def test_another_servers_url_is_asked_for_nothing(far_end: FarEnd) -> None:
    evil = "https://evil.test"
    jku = f"{evil}/.well-known/jwks.json"
    for told in (
        far_end.call("bindPasskey", LINK.replace(CLOUD, evil)),
        far_end.call(
            "bindPasskey", f"{APP}/bind?" + "&".join(f"{n}={v}" for n, v in {**FIELDS, "api_base_url": evil}.items())
        ),
        far_end.call("authenticate", far_end.request(header={"jku": jku})),
        far_end.call("authenticate", far_end.request(header={"jku": f"{CLOUD}@evil.test/.well-known/jwks.json"})),
    ):
        refused(told, "LinkError", "foreign_host")
    assert far_end.asked == []
    far_end.answers[":invokeAuthenticator"] = [200, {**FIELDS, "api_base_url": evil}]
    refused(far_end.call("bindPasskey", LINK), "LinkError", "foreign_host")
    refused(far_end.call("authenticate", far_end.request(authn={"base_url": evil})), "LinkError", "foreign_host")
    assert not any(url.startswith(evil) for url in far_end.asked)


def test_a_request_that_the_issuer_did_not_sign_is_not_answered(far_end: FarEnd) -> None:
    right = far_end.request()
    head, body, _ = right.partition("=")[2].split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","kid":"k1","jku":"x"}').decode().rstrip("=")
    base = right.partition("=")[0]
    forged = [
        f"{base}={head}.{body}.{'A' * 86}",
        f"{base}={unsigned}.{body}.AAAA",
        f"{base}={head[:-3]}.{body}.AAAA",
        far_end.request(header={"kid": "k2"}),
        far_end.request(header={"alg": "HS256"}),
        far_end.request(header={"crit": ["x"]}),
        far_end.request(header={"jku": f"{CLOUD}/v1/tenants/t/realms/r/applications/b/.well-known/jwks.json"}),
        far_end.request(verb="something"),
        far_end.request(nbf=int(time.time()) + 9000),
        far_end.request(authn={"aid": "b"}),
        far_end.request(authn={"action": {}}),
    ]
    for url in forged:
        refused(far_end.call("authenticate", url), "LinkError", "request_invalid")
    refused(far_end.call("authenticate", far_end.request(exp=int(time.time()) - 4000)), "LinkError", "request_expired")
    far_end.key, own = KeyHolder("ES256", kid="k1"), far_end.key
    refused(far_end.call("getAuthenticationContext", far_end.request()), "LinkError", "request_invalid")
    far_end.key = own
    assert far_end.call("getAuthenticationContext", far_end.request())["answer"]["application"]["id"] == "a"
    assert not any(url.endswith("/bi-authenticate") for url in far_end.asked)


ANSWERS = [
    (404, {"message": "gone", "details": [{"reason": "link_unknown"}]}, "LinkError", "link_unknown"),
    (410, {"message": "late", "details": [{"reason": "link_expired"}]}, "LinkError", "link_expired"),
    (409, {"message": "used"}, "LinkError", "link_used"),
    (401, {}, "LinkError", "link_unknown"),
    (403, {"message": "not today", "details": [{"reason": "policy_denied"}]}, "DeniedError", "policy_denied"),
    (403, {"message": "not today"}, "DeniedError", "denied"),
    (429, {"message": "slowly"}, "DeniedError", "too_many"),
    (500, {"message": "broken"}, "ServerError", "server"),
    (500, "<h1>Oh no</h1>", "ServerError", "server"),
    (200, "<h1>Hello</h1>", "ServerError", "server"),
    (200, "null", "ServerError", "server"),
]


@pytest.mark.parametrize(("status", "body", "name", "code"), ANSWERS)
def test_each_refusal_has_a_class_a_code_and_a_remedy(
    far_end: FarEnd, status: int, body: Any, name: str, code: str
) -> None:
    far_end.answers[":bind"] = [status, body]
    told = far_end.call("bindPasskey", LINK, {"kind": "software"})
    refused(told, name, code)
    assert (told["status"], told["correlationId"]) == (status, "c-1")
    if isinstance(body, dict) and "message" in body:
        assert told["message"] == body["message"]
    assert told.get("retryAfter") == (7 if status == 429 else None)
    assert far_end.call("getPasskeys") == {"answer": []}


def test_no_answer_is_said_to_be_none_and_names_what_to_look_at(far_end: FarEnd) -> None:
    far_end.answers[":getInfo"] = None
    told = far_end.call("bindPasskey", LINK)
    refused(told, "NetworkError", "network")
    assert "trusted origins" in told["remedy"]
    assert "secret" not in json.dumps(told)


def test_a_lost_answer_to_a_bind_loses_no_passkey(far_end: FarEnd) -> None:
    """The same proof is sent again; that the link is used then means that the first arrived."""
    far_end.answers[":bind"] = None
    refused(far_end.call("bindPasskey", LINK, {"kind": "software"}), "NetworkError", "network")
    assert sum(url.endswith(":bind") for url in far_end.asked) == 2
    far_end.answers[":bind"] = [None, [409, {"message": "used"}]]
    assert bind(far_end)["passkeyId"] == ""
    assert far_end.call("authenticate", far_end.request())["answer"]["redirectUrl"]


def test_a_passkey_must_be_there_and_be_chosen(far_end: FarEnd) -> None:
    refused(far_end.call("authenticate", far_end.request()), "PasskeyError", "no_passkey")
    first, second = bind(far_end), bind(far_end)
    refused(far_end.call("authenticate", far_end.request()), "PasskeyError", "choice_needed")
    refused(far_end.call("authenticate", far_end.request(), "nobody's"), "PasskeyError", "passkey_unknown")
    assert far_end.call("authenticate", far_end.request(), second["id"])["answer"]["redirectUrl"]
    assert far_end.call("deletePasskey", first["id"]).get("code") is None
    assert far_end.call("deletePasskey", first["id"]).get("code") is None
    assert far_end.call("authenticate", far_end.request())["answer"]["redirectUrl"] == "https://shop.test/?code=c"


def test_what_the_server_answers_to_a_proof_is_told_apart(far_end: FarEnd) -> None:
    bind(far_end)
    cases = [
        ({"type": "deny", "message": "Not from here."}, "DeniedError", "denied"),
        (
            {"type": "continue", "nonce": "n-2", "reason": {"type": "challenge_otp"}},
            "DeniedError",
            "one_time_code_needed",
        ),
        ({"type": "cancel"}, "ServerError", "server"),
        ({"type": "prove", "nonce": "again"}, "ServerError", "server"),
    ]
    for body, name, code in cases:
        far_end.answers["/bi-authenticate"] = [200, body]
        refused(far_end.call("authenticate", far_end.request()), name, code)
    far_end.answers["/bi-authenticate"] = [
        [200, {"type": "prove", "nonce": "n-2"}],
        [200, {"type": "allow", "code": "c&d"}],
    ]
    told = far_end.call("authenticate", far_end.request())
    assert told["answer"]["redirectUrl"] == "https://shop.test/?code=c%26d&state=s"


def test_a_resumed_sign_in_goes_nowhere_but_to_the_issuer(far_end: FarEnd) -> None:
    far_end.answers["/bi-authenticate"] = [200, {"type": "continue", "transaction_id": "flow", "nonce": "n-2"}]
    url = far_end.call("authenticateOtp", far_end.request(), "bob@acme.test")["answer"]["url"]
    assert urlsplit(url).path == "/resume"
    far_end.answers["/bi-authenticate"] = [200, {"type": "continue", "transaction_id": "flow", "nonce": "n-3"}]
    assert far_end.call("redeemOtp", url, "000000")["answer"]["url"] != url
    state = json.loads(base64.urlsafe_b64decode(urlsplit(url).query.partition("=")[2] + "=="))
    evil = base64.urlsafe_b64encode(json.dumps({**state, "url": "https://evil.test/bi-authenticate"}).encode()).decode()
    asked = len(far_end.asked)
    refused(far_end.call("redeemOtp", f"{APP}/resume?state={evil.rstrip('=')}", "1"), "LinkError", "foreign_host")
    for nothing in (f"{APP}/resume", f"{APP}/resume?state=x", f"{APP}/resume?state=e30", "nonsense"):
        refused(far_end.call("redeemOtp", nothing, "1"), "LinkError", "url_not_recognised")
    refused(far_end.call("authenticateOtp", far_end.request(), "nobody"), "UsageError", "invalid_options")
    assert len(far_end.asked) == asked


def test_a_person_who_says_no_changed_nothing(chromium: Any) -> None:
    desk = browsers.sit_down(chromium, APP)
    far_end = FarEnd(desk.page)
    desk.verify_user(False)
    refused(far_end.call("bindPasskey", LINK, {"kind": "webauthn"}), "CancelledError", "cancelled")
    assert not any(url.endswith(":bind") for url in far_end.asked)
    desk.context.close()


def test_an_aborted_call_rejects_with_the_signals_reason(far_end: FarEnd) -> None:
    aborted = far_end.page.evaluate(
        """async ([issuer, link, request]) => {
          const { initialize } = await import("/sdk/identity-cloud.js");
          const cloud = await initialize({ issuer });
          const why = new Error("the person went elsewhere");
          const options = { signal: AbortSignal.abort(why) };
          const calls = [cloud.bindPasskey(link, options), cloud.authenticate(request, undefined, options)];
          return Promise.all(calls.map((call) => call.then(() => false, (error) => error === why)));
        }""",
        [ISSUER, LINK, far_end.request()],
    )
    assert aborted == [True, True]


def test_the_types_name_what_there_is(far_end: FarEnd) -> None:
    declared = (FOLDER / "sdk/identity-cloud.d.ts").read_text()
    names = far_end.page.evaluate(
        """async () => {
          const sdk = await import("/sdk/identity-cloud.js");
          return [...Object.keys(sdk), ...Object.getOwnPropertyNames(sdk.IdentityCloud.prototype)];
        }"""
    )
    for name in names:
        assert f"{name}(" in declared or f"class {name} " in declared or f"const {name}:" in declared, name


def test_a_device_with_a_wrong_clock_signs_by_the_servers(chromium: Any) -> None:
    desk = browsers.sit_down(chromium, APP)
    far_end, sent = FarEnd(desk.page), []
    far_end.headers["Date"] = formatdate(usegmt=True)
    desk.page.clock.install(time=time.time() + 9 * 3600)
    desk.page.on("request", lambda request: sent.append(request.post_data or ""))
    assert bind(far_end)["passkeyId"]
    assert far_end.call("authenticate", far_end.request())["answer"]
    ours = """async () => {
      const software = await import("/js/passkeys/software.js");
      const key = await software.create({ tenant: "t", realm: "r", identity: "i" });
      return software.certificate(key, { audience: "a", transaction: "b", nonce: "c" });
    }"""
    for raw in (json.loads(parse_qs(sent[-1])["claims"][0])["X509"], desk.page.evaluate(ours)):
        certificate = x509.load_der_x509_certificate(base64.b64decode(raw))
        assert certificate.not_valid_before_utc < datetime.now(UTC) < certificate.not_valid_after_utc
    desk.context.close()
