"""A form that was sent when the session was over is shown again, filled in, after signing in: it is not sent by itself.

docs/decisions/0024-what-was-typed-is-kept.md.
"""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django import forms
from django.http import HttpRequest, QueryDict
from django.middleware.csrf import get_token

from apps.authentication import kept_forms
from apps.authentication.kept_acts import fields_of
from apps.core.errors import NotFound
from apps.web import cookies
from apps.web.context import context_of

PARAMETER = "kept"
_NOT_KEPT = frozenset({"kept_act", "csrfmiddlewaretoken", "step"})


def browser_of(request: HttpRequest) -> str:
    """A secret that this browser keeps and a thief of the session's cookie does not have: that of its forms."""
    get_token(request)  # makes one where there is none
    return str(request.META["CSRF_COOKIE"])


def kept_at(request: HttpRequest, back: str) -> str:
    """The page that the form was on, made an address that fills it in again; as it is where there is nothing to keep."""
    fields = fields_of(dict(request.POST.lists()), _NOT_KEPT)
    identity = kept_forms.whose(cookies.read(request, cookies.console_cookie())) if fields else None
    if identity is None:
        return back
    typed = kept_forms.Typed(back, fields)
    form_id = kept_forms.keep(context_of(request), identity, browser_of(request), typed)
    return with_kept(back, form_id) if form_id else back


def set_aside(request: HttpRequest, desk: Any, back: str) -> str:
    """What is in the form goes with whoever makes something else first. The id under which `taken_up` finds it."""
    typed = kept_forms.Typed(back, fields_of(dict(request.POST.lists()), _NOT_KEPT))
    return kept_forms.keep(desk.ctx, desk.administrator, browser_of(request), typed)


def taken_up(request: HttpRequest, desk: Any, form_id: str, **made: str) -> str:
    """The address of the form that was set aside, filled in, with what was made meanwhile chosen in it. Raises NotFound."""
    before = kept_forms.get_typed(desk.ctx, desk.administrator, browser_of(request), form_id)
    fields = [(name, value) for name, value in before.fields if name not in made]
    typed = kept_forms.Typed(before.back, [*fields, *made.items()])
    return with_kept(typed.back, kept_forms.keep(desk.ctx, desk.administrator, browser_of(request), typed))


def with_kept(address: str, form_id: str) -> str:
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query)) | {PARAMETER: form_id}
    return f"{parts.path}?{urlencode(query)}"


def fill(request: HttpRequest, desk: Any, context: dict[str, Any]) -> None:
    """Fills the page's forms with what was kept, if its address asks for that. Adds `kept_form`: whether one was filled, or
    what was sent had none on the page (a button)."""
    form_id = request.GET.get(PARAMETER, "")
    if not form_id or request.method != "GET":
        return
    try:
        typed = kept_forms.get_typed(desk.ctx, desk.administrator, browser_of(request), form_id)
    except NotFound:
        return
    if urlsplit(typed.back).path != request.path:
        return
    posted = QueryDict(urlencode(typed.fields))
    found = [each for each in context.values() if isinstance(each, forms.Form) and not each.is_bound]
    filled = [form for form in found if _fill(form, posted)]
    context["kept_form"] = "filled" if filled else "lost"


def _fill(form: Any, posted: QueryDict) -> bool:
    """Unbound still: nothing is judged or done. Secrets and files have to be given anew."""
    shown = {name for name, field in form.fields.items() if not field.widget.is_hidden}
    if not any(form.add_prefix(name) in posted for name in shown):
        return False
    for name, field in form.fields.items():
        if not field.disabled and not isinstance(field.widget, forms.PasswordInput | forms.FileInput):
            form.initial[name] = field.widget.value_from_datadict(posted, {}, form.add_prefix(name))
    if hasattr(form, "fill_further"):
        form.fill_further(posted)
    return True
