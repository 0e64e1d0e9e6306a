"""The API's description of itself: whole, valid, always the same, and there for everybody to read."""

import json
import re
import subprocess
import sys
from pathlib import Path

from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

from apps.api import description
from apps.api.schemas import parameters
from apps.applications.scopes import MANAGEMENT_SCOPES
from tests import services
from tests.isolation import atlas

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = description.document()
EVERY = [(path, method, each) for path, methods in DOCUMENT["paths"].items() for method, each in methods.items()]
# SCIM's chapter is held to its own conventions: tests/faces/scim/test_description.py.
OPERATIONS = [(path, method, each) for path, method, each in EVERY if "/scim/v2" not in path]


def test_it_is_openapi_3_1() -> None:
    assert not list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors())


def test_every_route_of_the_api_is_in_it() -> None:
    routes = {f"/{route}" for route in atlas.routes("api", "scim") if route.parameters and not f"{route}".endswith("/")}
    assert routes == set(DOCUMENT["paths"])


def test_every_operation_has_one_name_a_noun_and_scopes_that_there_are() -> None:
    names = [each["operationId"] for _, _, each in EVERY]
    assert len(set(names)) == len(names)
    for path, _, each in OPERATIONS:
        (noun,) = each["tags"]
        assert noun in {tag["name"] for tag in DOCUMENT["tags"]}
        (needed,) = each["security"]
        assert needed["accessToken"], each["operationId"]
        assert set(needed["accessToken"]) <= set(MANAGEMENT_SCOPES), each["operationId"]
        in_path = {given["name"] for given in each["parameters"] if given.get("in") == "path"}
        assert in_path == {part.strip("{}") for part in path.replace(":", "/").split("/") if part.startswith("{")}


def test_every_operation_that_takes_a_body_or_answers_one_describes_it() -> None:
    for path, method, each in OPERATIONS:
        name = each["operationId"]
        assert ("requestBody" in each) == (method in ("post", "put", "patch")), name
        assert ("content" in each["responses"]["200"]) == (method != "delete" and "batchDelete" not in path), name
        assert {"400", "401", "403", "429", "500"} <= set(each["responses"]), name


def test_what_makes_a_thing_leads_to_all_that_can_be_done_with_it() -> None:
    made = {
        name: set(each["responses"]["200"].get("links", ()))
        for _, _, each in OPERATIONS
        if (name := each["operationId"])
    }
    of_a_group = {"GetGroup", "UpdateGroup", "DeleteGroup", "AddGroupMembers", "DeleteGroupMembers", "ListGroupMembers"}
    assert made["CreateGroup"] == of_a_group | {"ListGroupRoles"}
    assert made["CreateCredentialBindingJob"] == {"GetCredentialBindingJob", "RevokeCredentialBindingJob"}
    assert not made["ListGroups"] | made["DeleteGroup"] | made["AddGroupMembers"]
    names = {each["operationId"] for _, _, each in OPERATIONS}
    assert set().union(*made.values()) <= names


def test_every_noun_and_every_id_in_a_path_has_its_words() -> None:
    assert {each.noun for each in description.operations()} == set(description.NOUNS)
    names = {name for each in description.operations() for name in re.findall(r"{(\w+)}", each.path)}
    assert names == set(parameters.PATH)


def test_it_is_served_to_everybody_and_kept_by_its_tag() -> None:
    reader = Client()
    first = reader.get("/v1/openapi.json")
    assert first.status_code == 200
    assert first["Content-Type"] == "application/json"
    assert first["Cache-Control"] == "public, max-age=300"
    assert json.loads(first.content) == DOCUMENT
    again = reader.get("/v1/openapi.json", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    other = reader.get("/v1/openapi.json", headers={"If-None-Match": '"another"'})
    assert other.content == first.content
    assert reader.head("/v1/openapi.json").status_code == 200
    assert reader.post("/v1/openapi.json").status_code == 405


def test_it_is_the_same_to_the_byte_in_every_process(tmp_path: Path) -> None:
    """`manage.py openapi` writes what is served, whatever order the process's dictionaries of hashes are in."""
    written = {
        subprocess.run(
            [sys.executable, "manage.py", "openapi"],
            cwd=ROOT,
            env=services.environment(PYTHONHASHSEED=seed, DATA_DIR=str(tmp_path)),
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(written) == 1
    (text,) = written
    assert json.loads(text)["paths"] == DOCUMENT["paths"]
