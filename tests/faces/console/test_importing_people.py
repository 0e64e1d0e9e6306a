"""A file of people at the console: uploaded, its columns named, tried out, imported, and what failed taken home."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from apps.authentication.models import Session
from apps.bulk import running
from apps.bulk.models import BulkJob
from apps.directory.models import Identity
from apps.web.middleware import _FILE_BYTES
from tests.world import World

pytestmark = pytest.mark.django_db

FILE = 'User name;Full name;E-mail;Notes\nann;Ann A;ann@acme.test;"=1+1"\nbob;Bob B;bob@acme.test;x\ncid;Cid;none;+1\n'


@pytest.fixture
def here(world: World) -> str:
    return f"/console/realms/{world.realm.pk}"


def upload(browser: Client, here: str, content: str | bytes = FILE, name: str = "people.csv") -> Any:
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    file.name = name
    return browser.post(f"{here}/identities/import", {"file": file})


def columns(*fields: str, existing: str = "skip") -> dict[str, str]:
    return {"existing": existing, **{f"column_{number}": field for number, field in enumerate(fields)}}


def work(page: Any) -> None:
    while running.run(page.context["job"].pk):
        pass


def test_from_the_file_to_the_people(ada: Client, here: str, world: World) -> None:
    assert f'href="{here}/identities/import"' in ada.get(f"{here}/identities").content.decode()
    job = upload(ada, here)["Location"]
    page = ada.get(job).content.decode()
    assert "Try it out" in page
    assert "ann · bob · cid" in page
    assert page.count(" selected>") == 4
    assert ada.post(f"{job}/check", columns("username", "display_name", "primary_email_address", ""))["Location"] == job
    running_page = ada.get(job)
    assert "data-poll" in running_page.content.decode()
    seen = {"seen": running_page.context["seen"]}
    assert ada.get(job, seen, headers={"HX-Request": "true"}).status_code == 204
    work(running_page)
    tried = ada.get(job, seen, headers={"HX-Request": "true"}).content.decode()
    assert "Import 1 person" in tried
    assert "This is no e-mail address." in tried
    assert ">E-mail address</td>" in tried
    assert not Identity.objects.filter(realm=world.realm, username="ann").exists()
    ada.post(f"{job}/start")
    work(ada.get(job))
    done = ada.get(job)
    assert (done.context["job"].created, done.context["job"].skipped, done.context["job"].failed) == (1, 1, 1)
    assert "Done, but not for everybody" in done.content.decode()
    failed = b"".join(ada.get(f"{job}/failed.csv").streaming_content).decode().splitlines()
    assert failed == [
        "User name,Full name,E-mail,Notes,line,field,problem",
        "cid,Cid,none,'+1,4,primary_email_address,This is no e-mail address.",
    ]
    assert job in ada.get(f"{here}/identities/bulk-jobs").content.decode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "There is nobody in this file"),
        (b"username\n", "There is nobody in this file"),
        ("username\nJosé\n".encode("latin-1"), "Line 2: This file is not UTF-8"),
        (b"username\n\x00\n", "no text file"),
        (b'username\n"ann\n', "Line 2: A quotation mark is opened and never closed"),
        (b"," * 1_000_000, "Line 1: This line is too long"),
    ],
    ids=["empty", "a heading alone", "latin-1", "NUL", "an open quote", "a million columns"],
)
def test_a_file_that_cannot_be_read_says_where_and_what_to_do(
    ada: Client, here: str, content: bytes, words: str
) -> None:
    refused = upload(ada, here, content)
    assert refused.status_code == 422
    assert words in refused.content.decode()
    assert not BulkJob.objects.exists()


def test_a_file_beyond_the_bound_is_refused_before_it_is_read(ada: Client, here: str) -> None:
    path, kind = f"{here}/identities/import", "multipart/form-data; boundary=x"
    assert ada.generic("POST", path, b"", kind, CONTENT_LENGTH=str(_FILE_BYTES + 1)).status_code == 413
    assert ada.generic("POST", f"{here}/groups/new", b"", kind, CONTENT_LENGTH="2000000").status_code == 413
    assert ada.post(path).status_code == 422


def test_columns_that_make_no_sense_are_asked_for_again(ada: Client, here: str) -> None:
    job = upload(ada, here)["Location"]
    for fields, words in (
        (("username", "username", "", ""), "More than one column"),
        (("", "display_name", "", ""), "Say which column holds the usernames"),
        (("password", "username", "", ""), "not one of the available choices"),
    ):
        refused = ada.post(f"{job}/check", columns(*fields))
        assert refused.status_code == 422
        assert words in refused.content.decode()
    assert ada.post(f"{job}/check", columns("username", existing="destroy")).status_code == 422
    assert BulkJob.objects.get().state == "DRAFT"


def test_each_step_takes_its_right_and_what_one_may_not_do_is_not_offered(
    ada: Client, here: str, clerk: Callable[..., Client]
) -> None:
    job = upload(ada, here)["Location"]
    clara = clerk("identities:read", "realms:read")
    assert "/identities/import" not in clara.get(f"{here}/identities").content.decode()
    assert clara.get(f"{here}/identities/import").status_code == 403
    assert upload(clara, here).status_code == 403
    for step in ("check", "start", "stop"):
        assert clara.post(f"{job}/{step}", columns("username")).status_code == 403
    assert 'name="column_0"' not in clara.get(job).content.decode()
    assert BulkJob.objects.get().state == "DRAFT"


def test_who_may_only_add_can_neither_change_people_nor_put_them_into_groups(
    here: str, clerk: Callable[..., Client]
) -> None:
    cora = clerk("identities:read", "identities:create", "realms:read")
    job = upload(cora, here)["Location"]
    page = cora.get(job).content.decode()
    assert 'value="groups"' not in page
    assert 'value="update"' not in page
    assert cora.post(f"{job}/check", columns("username", "groups")).status_code == 422
    assert cora.post(f"{job}/check", columns("username", existing="update")).status_code == 422


def test_a_job_of_another_realm_or_tenant_is_not_there(ada: Client, eve: Client, here: str, world: World) -> None:
    job = upload(ada, here)["Location"]
    beside = job.replace(world.realm.pk, world.acme.staff.realm.pk)
    beyond = job.replace(world.realm.pk, world.evil.customers.realm.pk)
    for browser, path in ((ada, beside), (eve, job), (eve, beyond)):
        assert browser.get(path).status_code == 404
        assert browser.get(f"{path}/failed.csv").status_code == 404
        for step in ("check", "start", "stop"):
            assert browser.post(f"{path}/{step}", columns("username")).status_code == 404
    assert BulkJob.objects.get().state == "DRAFT"


def test_a_draft_is_thrown_away_and_its_rows_with_it(ada: Client, here: str) -> None:
    job = upload(ada, here)["Location"]
    ada.post(f"{job}/stop")
    assert "It was stopped" in ada.get(job).content.decode()
    assert ada.post(f"{job}/check", columns("username"))["Location"]
    assert BulkJob.objects.get().state == "STOPPED"


def test_an_import_of_administrators_wants_the_passkey_of_the_last_minutes(ada: Client, world: World) -> None:
    job = upload(ada, f"/console/realms/{world.acme.admin_realm.pk}", "username\ngrace\n")["Location"]
    ada.post(f"{job}/check", columns("username"))
    work(ada.get(job))
    Session.objects.update(authenticated_at=F("authenticated_at") - timedelta(minutes=6))
    ada.post(f"{job}/start")
    assert BulkJob.objects.get().state == "CHECKED"
