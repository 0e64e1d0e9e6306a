"""Mail: written with the operation, sent later, once, by whoever claims it; and what becomes of it when it cannot go."""

import email
import email.policy
import io
import smtplib
import threading
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import time_machine
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from django.core.management import call_command

from apps.core import secrets
from apps.credentials.models import CredentialBindingJob, JobState
from apps.credentials.selectors import state_of
from apps.credentials.services import jobs
from apps.events.types import EventType
from apps.realms import mail, tasks
from apps.realms.models import MailState, OutgoingMail
from tests import ceremonies, services
from tests import record as auditor
from tests.waiting import PATIENCE_SECONDS
from tests.world import World

pytestmark = pytest.mark.django_db


@dataclass
class Server:
    """A real SMTP server that keeps what it takes, and refuses with `answer` when it has one (by the step it names)."""

    answers: dict[str, str] = field(default_factory=dict)
    taken: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server, session, envelope):
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.taken.append(envelope.content)
        self.recipients += envelope.rcpt_tos
        return "250 taken"

    @property
    def messages(self):
        return [email.message_from_bytes(raw, policy=email.policy.default) for raw in self.taken]


class Door(Controller):
    """With AUTH offered on a plain connection, so that a wrong password can be shown."""

    def factory(self):
        return SMTP(
            self.handler, authenticator=lambda *_: AuthResult(success=False, handled=False), auth_require_tls=False
        )


@pytest.fixture
def server(settings):
    handler = Server()
    door = Door(handler, hostname="127.0.0.1", port=services.free_port(), ready_timeout=PATIENCE_SECONDS)
    door.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", door.port, PATIENCE_SECONDS
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    yield handler
    door.stop()


@pytest.fixture
def invitation(world: World, server):
    return jobs.create_job(
        world.request, world.bob, delivery_method="EMAIL", authenticator_config=world.acme.customers.config
    )


def row():
    return OutgoingMail.objects.get()


def later(**shift):
    return time_machine.travel(OutgoingMail.objects.get().created_at + timedelta(**shift))


def test_the_mail_is_written_with_the_operation_and_sent_by_the_sweep(world, server, invitation):
    assert server.taken == []
    assert tasks.send_waiting_mail() == 1
    (message,) = server.messages
    assert server.recipients == ["bob@acme.test"]
    assert message["To"] == "bob@acme.test"
    for part in ("plain", "html"):
        text = message.get_body((part,)).get_content()
        assert ceremonies.token_of(invitation.link) in text
        assert "Bob Baker" in text
    assert row().state == MailState.SENT
    told = auditor.last(world.realm, EventType.EMAIL_STATUS_CHANGE)
    assert (told.outcome, told.data["kind"], told.data["action"]) == ("SUCCESS", "binding_link", "SENT")
    assert told.correlation_id == invitation.job.correlation_id


def test_a_refused_operation_sends_nothing(world, server):
    with pytest.raises(Exception, match="delivery|invalid"):
        jobs.create_job(
            world.ctx, world.bob, delivery_method="EMAIL", authenticator_config=world.acme.customers.config,
            post_binding_redirect_uri="javascript:alert(1)",
        )  # fmt: skip
    assert not OutgoingMail.objects.exists()


def test_a_mail_is_sent_once_however_often_it_is_asked_for(server, invitation):
    mail_id = str(row().pk)
    assert [mail.send(mail_id) for _ in range(3)] == [True, False, False]
    assert tasks.send_waiting_mail() == 0
    assert len(server.taken) == 1


def test_while_one_sender_is_at_it_nobody_else_is(server, invitation):
    assert mail._claim(str(row().pk)) is not None  # a sender that was killed right after
    assert tasks.send_waiting_mail() == 0
    with later(minutes=1):
        assert tasks.send_waiting_mail() == 0
    with later(minutes=3):
        assert tasks.send_waiting_mail() == 1


def test_every_try_carries_the_same_message_id(server, invitation):
    first = row()
    assert mail.message_id(first) == mail.message_id(row())
    mail._transmit(first)  # sent, and killed before it could be said
    with later(minutes=3):
        tasks.send_waiting_mail()
    assert len({message["Message-ID"] for message in server.messages}) == 1
    assert len(server.messages) == 2


def test_what_a_mail_says_is_sealed_while_it_waits_and_gone_when_it_left(world, server, invitation):
    token = ceremonies.token_of(invitation.link)
    waiting = row()
    assert token.encode() not in bytes(waiting.sealed_content)
    assert token in secrets.unseal(waiting.sealed_content, f"outgoing_mail.content:{waiting.pk}").decode()
    tasks.send_waiting_mail()
    assert bytes(row().sealed_content) == b""
    assert token not in str(list(OutgoingMail.objects.values()))
    assert all(token not in str(event.data) for event in auditor.events(world.realm))


@pytest.mark.parametrize(
    ("step", "answer"), [("RCPT", "550 no such mailbox"), ("DATA", "554 rejected"), ("MAIL", "553 bad sender")]
)
def test_a_permanent_refusal_is_final_and_shown_on_the_job(world, server, invitation, step, answer):
    server.answers = {step: answer}
    assert tasks.send_waiting_mail() == 0
    failed = row()
    assert (failed.state, bytes(failed.sealed_content)) == (MailState.FAILED, b"")
    assert failed.problem.startswith(answer[:3])
    assert state_of(CredentialBindingJob.objects.get(pk=invitation.job.pk)) == JobState.FAILED_TO_SEND
    told = auditor.told(world.realm, EventType.EMAIL_STATUS_CHANGE, EventType.CREDENTIAL_BINDING_JOB_CHANGE)
    assert sorted(told[-2:]) == [
        ("CREDENTIAL_BINDING_JOB_CHANGE", "FAILED_TO_SEND"),
        ("EMAIL_STATUS_CHANGE", "FAILED_TO_SEND"),
    ]
    with later(minutes=5):
        assert tasks.send_waiting_mail() == 0


@pytest.mark.parametrize(("step", "answer"), [("RCPT", "450 try later"), ("DATA", "451 busy"), ("MAIL", "421 closing")])
def test_a_passing_refusal_is_tried_again_a_little_later_each_time(server, invitation, step, answer):
    server.answers = {step: answer}
    waits = []
    moment = row().created_at
    for _ in range(4):
        with time_machine.travel(moment, tick=False):
            assert tasks.send_waiting_mail() == 0
            waits.append((row().next_attempt_at - moment).total_seconds())
            moment = row().next_attempt_at
    assert waits == [2, 10, 30, 120]
    assert (row().state, row().attempts) == (MailState.WAITING, 4)
    server.answers = {}
    with time_machine.travel(moment):
        assert tasks.send_waiting_mail() == 1
    assert (row().state, row().attempts) == (MailState.SENT, 5)


def test_a_server_that_is_not_there_is_waited_for(settings, invitation, world):
    settings.EMAIL_PORT = services.free_port()
    assert tasks.send_waiting_mail() == 0
    assert (row().state, row().problem) == (MailState.WAITING, "ConnectionRefusedError")
    assert state_of(invitation.job) == JobState.LINK_SENT


def test_a_password_the_server_does_not_take_is_the_operators_to_mend_and_the_mail_waits(settings, server, invitation):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "user", "wrong"
    assert tasks.send_waiting_mail() == 0
    assert (row().state, row().problem[:3]) == (MailState.WAITING, "535")


def test_after_too_many_tries_it_is_given_up(server, invitation):
    server.answers = {"DATA": "451 busy"}
    OutgoingMail.objects.update(attempts=mail.GIVE_UP_AFTER_ATTEMPTS - 1)
    tasks.send_waiting_mail()
    assert row().state == MailState.FAILED


def test_a_mail_whose_link_has_expired_is_not_sent(world, server, invitation):
    with later(days=8):
        assert tasks.send_waiting_mail() == 0
    assert server.taken == []
    assert (row().state, bytes(row().sealed_content)) == (MailState.EXPIRED, b"")
    assert auditor.last(world.realm, EventType.EMAIL_STATUS_CHANGE).outcome == "FAILED_TO_SEND"


def test_one_mail_that_cannot_be_opened_does_not_hold_up_the_others(world, server, invitation):
    OutgoingMail.objects.update(sealed_content=b"sealed with a key that is lost")
    jobs.create_job(
        world.at(timedelta(seconds=1)), world.acme.customers.carol, delivery_method="EMAIL",
        authenticator_config=world.acme.customers.config,
    )  # fmt: skip
    with time_machine.travel(world.at(timedelta(minutes=1)).now):
        assert tasks.send_waiting_mail() == 1
    assert server.recipients == ["carol@acme.test"]


@pytest.mark.parametrize("name", ["Bob\r\nBcc: eve@evil.test", "Bob\nX: y"])
def test_a_name_brings_no_header_along(world, server, name):
    identity = world.bob
    type(identity).objects.filter(pk=identity.pk).update(display_name=name)  # as if the check of names had a hole
    identity.refresh_from_db()
    jobs.create_job(world.ctx, identity, delivery_method="EMAIL", authenticator_config=world.acme.customers.config)
    tasks.send_waiting_mail()
    (message,) = server.messages
    assert set(message.keys()) >= {"Subject", "From", "To", "Message-ID", "Date", "Auto-Submitted"}
    assert not {"Bcc", "X", "Cc"} & set(message.keys())
    assert server.recipients == ["bob@acme.test"]


def test_markup_in_a_name_is_text_in_the_mail(world, server):
    identity = world.bob
    type(identity).objects.filter(pk=identity.pk).update(display_name='<a href="https://evil.test">Bob & Sons</a>')
    identity.refresh_from_db()
    jobs.create_job(world.ctx, identity, delivery_method="EMAIL", authenticator_config=world.acme.customers.config)
    tasks.send_waiting_mail()
    (message,) = server.messages
    assert '<a href="https://evil.test">' not in message.get_body(("html",)).get_content()
    assert '<a href="https://evil.test">Bob & Sons</a>' in message.get_body(("plain",)).get_content()


@pytest.mark.django_db(transaction=True)
def test_of_many_senders_at_once_exactly_one_sends(world, server, invitation):
    mail_id, sent = str(row().pk), []

    def send():
        from django.db import connection

        try:
            sent.append(mail.send(mail_id))
        finally:
            connection.close()

    senders = [threading.Thread(target=send) for _ in range(6)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(30)
    assert sorted(sent) == [False] * 5 + [True]
    assert len(server.taken) == 1


def test_a_new_tenants_administrator_is_welcomed_by_mail(server):
    call_command("create_tenant", name="Tom & Jerry's", admin_email="nora@newcomer.test", stdout=io.StringIO())
    tasks.send_waiting_mail()
    (message,) = server.messages
    assert message["To"] == "nora@newcomer.test"
    assert "Welcome" in message["Subject"]
    assert "Tom & Jerry's" in message.get_body(("plain",)).get_content()


def test_smtplib_still_raises_what_we_listen_for():
    assert issubclass(smtplib.SMTPAuthenticationError, smtplib.SMTPResponseException)
    assert not issubclass(smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException)
