"""R/email-templates: how a realm words the mails it sends (contract/extensions.md §9).

They are part of how a realm looks, and go by the scopes of themes.
"""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import etags
from apps.api.bodies import wrapped
from apps.api.endpoint import RealmEndpoint, done
from apps.api.operations import operation
from apps.api.schemas import email_templates as schema
from apps.core.errors import Denied
from apps.realms import email_templates as verbs
from apps.realms import trial_mails
from apps.realms.contract import email_template_json, parse_email_template_changes
from apps.web import limits


class NobodyToSendTo(Denied):
    """A test goes to the administrator who asks for it, and to nobody else."""


class EmailTemplates(RealmEndpoint):
    @operation("ListEmailTemplates", "themes:read", answers=schema.EMAIL_TEMPLATES)
    def get(self, request: Request, **path: str) -> Response:
        """All of them: one of each kind, the realm's own wording or ours."""
        every = [email_template_json(wording) for wording in verbs.wordings_in(self.realm)]
        return Response({"email_templates": every, "total_size": len(every)})


class EmailTemplate(RealmEndpoint):
    @operation("GetEmailTemplate", "themes:read", answers=schema.EMAIL_TEMPLATE)
    def get(self, request: Request, kind: str, **path: str) -> Response:
        return etags.answer(request, email_template_json(verbs.get_wording(self.realm, kind)))

    @operation(
        "UpdateEmailTemplate", "themes:update", takes=schema.EMAIL_TEMPLATE_CHANGES, answers=schema.EMAIL_TEMPLATE
    )
    def patch(self, request: Request, kind: str, **path: str) -> Response:
        """What does not render, or says what it may not, is refused: the field, the line and the column are named."""
        wording = verbs.get_wording(self.realm, kind)
        given = parse_email_template_changes(wrapped(request, "email_template"))
        seen_at = etags.seen_at(request, wording.updated_at, email_template_json(wording))
        changed = verbs.update_wording(self.ctx, self.realm, kind, seen_at=seen_at, **given)
        return etags.answer(request, email_template_json(changed))

    @operation("ResetEmailTemplate", "themes:update")
    def delete(self, request: Request, kind: str, **path: str) -> Response:
        """Back to the wording it came with; fine when it has it already."""
        wording = verbs.get_wording(self.realm, kind)
        seen_at = etags.seen_at(request, wording.updated_at, email_template_json(wording))
        verbs.reset_wording(self.ctx, self.realm, kind, seen_at=seen_at)
        return done()


class EmailTemplatePreview(RealmEndpoint):
    @operation("PreviewEmailTemplate", "themes:read", takes=schema.TRIED, answers=schema.MESSAGE)
    def post(self, request: Request, kind: str, **path: str) -> Response:
        """The whole message with sample values, as it would be with these changes. Nothing is stored."""
        verbs.get_wording(self.realm, kind)
        return Response(trial_mails.preview(self.realm, kind, _tried(request)))


class EmailTemplateTest(RealmEndpoint):
    @operation(
        "SendTestEmail",
        "themes:update",
        takes=schema.TRIED,
        answers=schema.SENT_TO,
        refuses={
            403: "The token is no administrator's own.",
            422: "The administrator has no address.",
            429: "Too many requests, or ten tests within the hour.",
        },
    )
    def post(self, request: Request, kind: str, **path: str) -> Response:
        """The same by mail, to the administrator whose token this is, and to no other address."""
        verbs.get_wording(self.realm, kind)
        administrator = self.bearer.identity
        if administrator is None or not self.bearer.application.realm.is_admin:
            raise NobodyToSendTo("forbidden")
        given = _tried(request)
        limits.spend(limits.TEST_MAILS, administrator.pk)
        address = administrator.primary_email_address
        trial_mails.send_test(
            self.ctx, self.realm, kind, given, recipient=address, display_name=administrator.display_name
        )
        return Response({"recipient": address})


def _tried(request: Request) -> dict[str, Any]:
    """What the request would change; nothing without a body. Raises Invalid."""
    return parse_email_template_changes(wrapped(request, "email_template")) if request.data != {} else {}
