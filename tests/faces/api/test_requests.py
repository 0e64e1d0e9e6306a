"""What is no request of this API: its JSON, its size, its media type, its method; and what a bug looks like."""

import json
from typing import Any

import pytest
from django.test import Client
from rest_framework.exceptions import Throttled

from apps.api import errors
from apps.core.errors import Gone, Invalid, NotFound, RateLimited, Unavailable
from apps.directory.models import Identity
from apps.directory.services import identities
from tests.faces.api.caller import Caller, read
from tests.world import World

INVALID_REQUEST = {"code": "bad_request", "message": "invalid request"}
GOOD = b'{"identity":{"traits":{"type":"traits_v0","username":"x"}}}'


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"not json",
        b"{'identity': {}}",
        b'{"identity": NaN}',
        b'{"identity": Infinity}',
        b'{"identity": {}, "identity": {}}',
        b'{"identity": {"traits": {"username": "a", "username": "b"}}}',
        b'{"identity": {"display_name": "\\u0000"}}',
        b'{"identity": {"display_name": "\\ud800"}}',
        b'{"identity": {"display_name": "\xff"}}',
        b'{"identity": {"display_name": "\x00"}}',
        '{"identity": {}}'.encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b"[" * 33 + b"]" * 33,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 5_000,
        b'{"identity": {}} {}',
    ],
)
def test_what_is_not_strict_json_is_an_invalid_request(api: Caller, world: World, body: bytes) -> None:
    assert read(api.post("/identities", body), 400) == INVALID_REQUEST
    assert read(api.patch(f"/identities/{world.bob.pk}", body), 400) == INVALID_REQUEST


def test_two_mebibytes_are_too_much(api: Caller) -> None:
    body = read(api.post("/identities", b'"' + b"x" * 2_097_152 + b'"'), 413)
    assert body == {"code": "payload_too_large", "message": "the request is too large"}


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/scim+json",
        "application/json; charset=utf-7",
        "application/json; charset=latin-1",
        "",
    ],
)
def test_only_json_is_read(api: Caller, content_type: str) -> None:
    body = read(api.post("/identities", GOOD, content_type=content_type), 415)
    assert body == {"code": "unsupported_media_type", "message": "unsupported media type"}


@pytest.mark.parametrize("content_type", ["application/json; charset=UTF-8", 'application/json;charset="utf-8"'])
def test_utf8_may_be_said(api: Caller, content_type: str) -> None:
    assert read(api.post("/identities", GOOD, content_type=content_type))["traits"]["username"] == "x"


def test_compressed_bodies_are_not_read(api: Caller) -> None:
    assert read(api.post("/identities", GOOD, Content_Encoding="gzip"), 415)["code"] == "unsupported_media_type"


@pytest.mark.parametrize("accepted", ["text/html", "application/xml", "image/*"])
def test_only_json_is_written(api: Caller, accepted: str) -> None:
    body = read(api.call("GET", "/identities", Accept=accepted), 406)
    assert body == {"code": "not_acceptable", "message": "not acceptable"}


@pytest.mark.parametrize("accepted", ["*/*", "application/*", "text/html, */*;q=0.1", "application/json;q=0.5"])
def test_who_takes_anything_gets_json(api: Caller, accepted: str) -> None:
    assert read(api.call("GET", "/identities", Accept=accepted))["total_size"] == 3


def test_a_format_parameter_means_nothing(api: Caller) -> None:
    assert read(api.get("/identities", format="xml"))["total_size"] == 3


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/identities", "GET, HEAD, POST"),
        ("DELETE", "/identities", "GET, HEAD, POST"),
        ("OPTIONS", "/identities", "GET, HEAD, POST"),
        ("POST", "/identities/x", "GET, HEAD, PATCH, DELETE"),
        ("GET", "/identities/x/credentials/y:revoke", "POST"),
        ("TRACE", "/identities", "GET, HEAD, POST"),
    ],
)
def test_other_methods_are_refused_with_the_right_ones(api: Caller, method: str, path: str, allowed: str) -> None:
    response = api.call(method, path)
    assert read(response, 405) == {"code": "method_not_allowed", "message": "method not allowed"}
    assert response["Allow"] == allowed


@pytest.mark.parametrize("path", ["", "tenants", "tenants/x/realms/y/pets", "tenants/x/realms/y/identities/"])
def test_paths_of_nothing_are_not_found_in_json(client: Client, path: str) -> None:
    expected = {"code": "not_found", "message": "The requested resource was not found."}
    assert read(client.get(f"/v1/{path}"), 404) == expected


def test_nul_in_a_url_is_refused_before_anything(api: Caller) -> None:
    for path in ("/identities/%00", "/identities?filter=%00"):
        assert read(api.call("GET", path), 400) == INVALID_REQUEST


def test_answers_are_nobody_elses_to_keep(api: Caller) -> None:
    response = api.get("/identities")
    assert response["Cache-Control"] == "no-store"
    assert "Allow" not in response
    assert "Access-Control-Allow-Origin" not in api.call("GET", "/identities", Origin="https://evil.test")


def test_a_cookie_is_no_way_in_and_none_is_set(api: Caller) -> None:
    assert not api.post("/identities", GOOD).cookies


def test_a_bug_is_a_500_in_json_and_leaves_nothing(world: World, api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bug is in the database's answer, halfway through a verb."""

    def broken(*_: Any) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(identities, "insert_identities", broken)
    api.browser.raise_request_exception = False
    for headers in ({}, {"Idempotency_Key": "k"}):
        body = read(api.post("/identities", GOOD, **headers), 500)
        assert body == {"code": "internal_server_error", "message": "internal server error"}
    monkeypatch.undo()
    assert not Identity.objects.filter(realm=world.realm, username="x").exists()
    assert read(api.post("/identities", GOOD, Idempotency_Key="k"))["traits"]["username"] == "x"


# --- the one mapper -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("refusal", [RateLimited(17), Throttled(16.2)])
def test_too_many_requests_say_when_to_come_back(refusal: Exception) -> None:
    response = errors.answer(refusal, {})
    assert response is not None
    assert (response.status_code, response["Retry-After"]) == (429, "17")
    assert response.data == {"code": "too_many_requests", "message": "too many requests"}


@pytest.mark.parametrize("kind", ["Application", "AuthenticatorConfig"])
def test_some_resources_are_missed_without_details(kind: str) -> None:
    response = errors.answer(NotFound(kind, "67bb0acf-12e5-7899-8000-000000000000"), {})
    assert response is not None
    assert response.data == {"code": "not_found", "message": "The requested resource was not found."}


def test_other_refusals_keep_their_words() -> None:
    for refusal, status, code in ((Gone("x"), 410, "gone"), (Unavailable("x"), 503, "unavailable")):
        response = errors.answer(refusal, {})
        assert response is not None
        assert (response.status_code, response.data) == (status, {"code": code, "message": "x"})
    response = errors.answer(Invalid(message="invalid request"), {})
    assert response is not None
    assert json.loads(json.dumps(response.data)) == INVALID_REQUEST
