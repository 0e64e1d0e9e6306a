"""/signup: a new tenant for an organisation, its first administrator invited by mail."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.core.errors import Invalid
from apps.core.names import comparison_key
from apps.hosted import errors
from apps.hosted.forms import SignUpForm
from apps.onboarding import services as onboarding
from apps.onboarding.services import SignedUpBefore
from apps.web import limits, mailbox, realm_pages
from apps.web.context import context_of, subscriber_of


@errors.page_view("GET", "HEAD", "POST")
def sign_up(request: HttpRequest) -> HttpResponse:
    """A form sent twice makes one tenant and shows the same answer. Invalid answers: 422 with what to change."""
    if request.method != "POST":
        return _ask(request, SignUpForm.fresh())
    form = SignUpForm(request.POST)
    if not form.is_valid():
        return _ask(request, form.renewed() if "once" in form.errors else form, status=422)
    given = form.cleaned_data
    limits.spend(limits.SIGN_UPS, subscriber_of(request))
    limits.spend(limits.SIGN_UPS, comparison_key(given["email"]))
    try:
        onboarding.create_tenant(
            context_of(request),
            name=given["organization"],
            admin_name=given["name"],
            admin_email=given["email"],
            once=given["once"],
        )
    except SignedUpBefore:
        pass  # the first submit did it all
    except Invalid as refusal:
        form.refuse(refusal)
        return _ask(request, form, status=422)
    context = {"email": given["email"], "mailbox_url": mailbox.address(), "steps": _steps(1)}
    return render(request, "hosted/sign_up_sent.html", {**realm_pages.own_look(), **context})


def _ask(request: HttpRequest, form: SignUpForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "steps": _steps(0)}
    return render(request, "hosted/sign_up.html", {**realm_pages.own_look(), **context}, status=status)


def _steps(current: int) -> list[dict[str, str]]:
    labels = (_("Organisation"), _("Mail"), _("Passkey"))
    states = ["done"] * current + ["current"] + ["next"] * (len(labels) - current - 1)
    return [{"label": label, "state": state} for label, state in zip(labels, states, strict=True)]
