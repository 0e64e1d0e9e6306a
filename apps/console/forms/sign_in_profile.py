"""How people come in at the hosted pages: the profile of an authenticator config (contract/extensions.md §5)."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.authenticators.profile import Method, profile_of

FIELDS: Mapping[str, str] = {
    "authenticator_config.config.authentication_profile": "method",
    "authenticator_config.config.authentication_profile.returning": "method",
    "authenticator_config.config.authentication_profile.returning.method": "method",
    "authenticator_config.config.authentication_profile.returning.fallback": "fallback",
    "authenticator_config.config.authentication_profile.recovery": "recovery",
}
INVITED = "invitation"
METHODS = {
    INVITED: _("By invitation only\nPeople create a passkey with a link that is sent to them. No codes by mail."),
    Method.WEBAUTHN.value: _(
        "Device passkey\nFingerprint, face or PIN. A browser that is not known yet starts with a code."
    ),
    Method.SOFTWARE.value: _("Browser passkey\nA key that the browser keeps; a fresh certificate at every sign-in."),
    Method.CODE.value: _("Code by mail\nSix digits each time. The weakest of the three; it can be phished."),
}
FALLBACKS = {
    Method.NONE.value: _("Nothing"),
    Method.SOFTWARE.value: _("A browser passkey"),
    Method.CODE.value: _("A code by mail"),
}
RECOVERIES = {
    "email": _("They help themselves\nA link and a code by mail lead to a new passkey. The policy is asked."),
    "admin_only": _("An administrator sends a link\nThe page says whom to ask."),
}
# In the form's terms, where nothing was said.
INVITATION = {"method": INVITED, "fallback": Method.NONE.value, "sign_up": False, "recovery": "admin_only"}


class ProfileFields(forms.Form):
    """Left out of a form that was sent without `method`: then nothing changes. `knows` is asked for when a switch leaves
    people without a passkey of the kind that is asked for from then on."""

    method = forms.ChoiceField(
        label=_("How do people sign in?"), widget=forms.RadioSelect, choices=list(METHODS.items())
    )
    fallback = forms.ChoiceField(
        label=_("In a browser that cannot"), widget=forms.Select, choices=list(FALLBACKS.items())
    )
    sign_up = forms.BooleanField(
        label=_("Strangers may sign up"),
        required=False,
        help_text=_("Whoever proves an e-mail address is added to the directory under it."),
    )
    recovery = forms.ChoiceField(
        label=_("Who lost their passkey"), widget=forms.RadioSelect, choices=list(RECOVERIES.items())
    )
    knows = forms.BooleanField(label=_("Save all the same"), required=False)
    affected = 0

    def judge_switch(self, row: Any, count: Callable[[str], int]) -> bool:
        """Whether it may be saved. `count(method)`: whose only passkeys are of another kind."""
        before, method = profile_of(row.config).method, self._chosen()
        if method is None or method == before or method == Method.CODE:
            return True
        self.affected = count(method)
        if not self.affected or self.cleaned_data.get("knows"):
            return True
        self.add_error("method", _now("This switch meets people. Say above that you know, and save again."))
        return False

    @property
    def warning(self) -> str:
        words = ngettext(
            "%(n)s person has passkeys of the other kind only. They are offered no more: this person comes back with a code "
            "by mail and creates a new one.",
            "%(n)s people have passkeys of the other kind only. They are offered no more: these people come back with a "
            "code by mail and create a new one.",
            self.affected,
        )
        return words % {"n": self.affected}

    def with_profile(self, config: dict[str, Any]) -> dict[str, Any]:
        """The config with the chosen profile, and the methods listed that it asks for."""
        if "method" not in self.fields:
            return config
        method = self.cleaned_data["method"]
        if method == INVITED:
            return config | {"authentication_profile": None}
        fallback = self.cleaned_data["fallback"]
        listed = [each["type"] for each in config["authentication_methods"]]
        wanted = dict.fromkeys((method, fallback, Method.CODE.value))
        missing = [{"type": each} for each in wanted if each not in listed and each != Method.NONE]
        return config | {
            "authentication_methods": [*config["authentication_methods"], *missing],
            "authentication_profile": {
                "sign_up": {"enabled": self.cleaned_data["sign_up"]},
                "returning": {"method": method, "fallback": fallback},
                "recovery": self.cleaned_data["recovery"],
            },
        }

    def _chosen(self) -> str | None:
        chosen = self.cleaned_data.get("method", INVITED)
        return None if chosen == INVITED else chosen


def leave_out(form: forms.Form) -> None:
    """The form asks nothing of the profile."""
    for name in ProfileFields.base_fields:
        form.fields.pop(name, None)


def stored_profile(row: Any) -> dict[str, Any]:
    """What a hosted config holds, in the form's terms."""
    given = row.config.get("authentication_profile")
    profile = profile_of(row.config)
    return {
        "method": profile.method.value if given else INVITED,
        "fallback": profile.fallback.value if given else Method.NONE.value,
        "sign_up": profile.signs_up,
        "recovery": given["recovery"] if given else "admin_only",
    }


def profile_words(row: Any) -> str:
    """One line for who may only look."""
    words = str(METHODS[stored_profile(row)["method"]]).partition("\n")[0]
    return f"{words} · {_now('sign-up open')}" if stored_profile(row)["sign_up"] else words
