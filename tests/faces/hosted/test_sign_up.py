"""/signup opens one tenant for one form, tells every mistake beside its field, and lets nobody flood it."""

import re
import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser

from apps.directory.models import Identity
from apps.onboarding.models import SignUp
from apps.realms.models import OutgoingMail
from apps.tenants.models import Tenant
from apps.web import limits

_ONCE = re.compile(r'name="once" value="([\w-]{43})"')


def form_of(browser: Browser) -> dict[str, str]:
    page = browser.get("/signup")
    assert page.status_code == 200
    found = _ONCE.search(page.content.decode())
    assert found
    return {
        "organization": "Analytical Engines", "name": "Ada Lovelace", "email": "ada@engines.test", "once": found[1],
    }  # fmt: skip


def errors_of(page: Any) -> dict[str, str]:
    assert page.status_code == 422, page.content
    return {name: "".join(errors) for name, errors in page.context["form"].errors.items()}


@pytest.mark.django_db
def test_a_tenant_is_opened_and_its_administrator_invited(client: Browser, settings: Any) -> None:
    settings.EMBEDDED, settings.EMAIL_FILE_PATH = True, "/somewhere"
    page = client.post("/signup", form_of(client))
    assert page.status_code == 200
    html = page.content.decode()
    assert "<h1>Check your mail</h1>" in html
    assert "<strong>ada@engines.test</strong>" in html
    assert 'href="/dev/mailbox"' in html
    tenant = Tenant.objects.get()
    assert tenant.display_name == "Analytical Engines"
    ada = Identity.objects.get(tenant=tenant)
    assert (ada.display_name, ada.username, ada.primary_email_address) == (
        "Ada Lovelace", "ada@engines.test", "ada@engines.test",
    )  # fmt: skip
    mail = OutgoingMail.objects.get()
    assert (mail.kind, mail.recipient) == ("welcome", "ada@engines.test")


@pytest.mark.django_db
def test_where_mail_is_really_sent_no_mailbox_is_offered(client: Browser, settings: Any) -> None:
    settings.EMAIL_FILE_PATH = ""
    assert "mailbox" not in client.post("/signup", form_of(client)).content.decode()


@pytest.mark.django_db
def test_every_mistake_is_told_beside_its_field(client: Browser) -> None:
    once = form_of(client)["once"]
    assert errors_of(client.post("/signup", {"once": once})) == {
        "organization": "Say what your organisation is called.",
        "name": "Say what you are called.",
        "email": "Give the address your link is sent to.",
    }
    odd = {"organization": "<script>", "name": "Ada;", "email": "ada@localhost@x", "once": once}
    assert set(errors_of(client.post("/signup", odd))) == {"email"}
    told = errors_of(client.post("/signup", {**odd, "email": "ada@engines.test"}))
    assert set(told) == {"organization", "name"}
    assert told["name"].startswith("Leave out these characters: ")
    assert not Tenant.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("organization", "x" * 65), ("organization", "Acme\x00"), ("organization", "  "), ("organization", "Ac\u202eme"),
        ("name", "A" * 65), ("name", "A\nB"), ("email", "ada"), ("email", "a@" + "b" * 260 + ".test"),
        ("email", "ada@engines.test\r\nBcc: all@engines.test"),
    ],
)  # fmt: skip
def test_odd_answers_are_refused_in_place(client: Browser, field: str, value: str) -> None:
    form = {**form_of(client), field: value}
    page = client.post("/signup", form)
    assert list(errors_of(page)) == [field]
    assert 'aria-invalid="true"' in page.content.decode()
    assert not Tenant.objects.exists()


@pytest.mark.django_db
def test_a_corrected_form_goes_through(client: Browser) -> None:
    form = form_of(client)
    page = client.post("/signup", {**form, "email": "ada"})
    assert page.context["form"]["once"].value() == form["once"]
    assert 'value="Analytical Engines"' in page.content.decode()
    assert client.post("/signup", form).status_code == 200
    assert Tenant.objects.count() == 1


@pytest.mark.django_db
def test_a_form_sent_again_opens_nothing_more_and_says_the_same(client: Browser) -> None:
    form = form_of(client)
    pages = [client.post("/signup", form) for _ in range(3)]
    assert {page.status_code for page in pages} == {200}
    assert len({page.content for page in pages}) == 1
    assert (Tenant.objects.count(), OutgoingMail.objects.count(), SignUp.objects.count()) == (1, 1, 1)
    assert client.post("/signup", form_of(client)).status_code == 200
    assert Tenant.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_clicks_at_once_one_opens_a_tenant(client: Browser) -> None:
    form = form_of(client)
    statuses: list[int] = []

    def click() -> None:
        try:
            statuses.append(Browser().post("/signup", form).status_code)
        finally:
            connection.close()

    clicks = [threading.Thread(target=click) for _ in range(6)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join(30)
    assert statuses == [200] * 6
    assert (Tenant.objects.count(), OutgoingMail.objects.count()) == (1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize("once", ["", "short", "x" * 44, "../" * 20, "\u00e4" * 43])
def test_a_form_without_a_good_token_is_given_a_new_one(client: Browser, once: str) -> None:
    form = form_of(client)
    page = client.post("/signup", {**form, "once": once})
    assert page.status_code == 422
    assert "This form was too old. Send it again." in page.content.decode()
    found = _ONCE.search(page.content.decode())
    assert found
    assert client.post("/signup", {**form, "once": found[1]}).status_code == 200


@pytest.mark.django_db
def test_one_address_signs_up_only_so_often(client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SIGN_UPS", limits.Limit("sign-ups", 2, 3600))
    assert [client.post("/signup", form_of(client)).status_code for _ in range(3)] == [200, 200, 429]
    page = client.post("/signup", form_of(client))
    assert "Too many tries" in page.content.decode()
    assert int(page["Retry-After"]) > 0
    assert Tenant.objects.count() == 2
    elsewhere = Browser(REMOTE_ADDR="203.0.113.9")
    assert elsewhere.post("/signup", form_of(elsewhere)).status_code == 429  # the same mailbox
    other = {**form_of(elsewhere), "email": "grace@engines.test"}
    assert elsewhere.post("/signup", other).status_code == 200


@pytest.mark.django_db
def test_another_sites_form_is_refused() -> None:
    browser = Browser(enforce_csrf_checks=True)
    form = form_of(browser)
    assert browser.post("/signup", form).status_code == 403
    token = browser.cookies["csrftoken"].value
    foreign = {"Origin": "https://evil.test"}
    assert browser.post("/signup", {**form, "csrfmiddlewaretoken": token}, headers=foreign).status_code == 403
    assert not Tenant.objects.exists()


@pytest.mark.django_db
def test_other_methods_are_not_answered(client: Browser) -> None:
    assert client.delete("/signup").status_code == 405
    assert client.head("/signup").status_code == 200


@pytest.mark.django_db
def test_the_form_may_be_posted_from_its_own_page(client: Browser) -> None:
    """no-referrer would make browsers say `Origin: null`, and every check against forgery would fail."""
    assert client.get("/signup")["Referrer-Policy"] == "same-origin"
