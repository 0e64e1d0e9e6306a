"""Forms of the hosted face."""

import re

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from apps.core import secrets
from apps.core.errors import Invalid
from apps.core.names import DISPLAY_NAME_LENGTH
from apps.hosted.typed_words import words_for

_FIELD_OF = {"name": "organization", "admin_name": "name", "admin_email": "email"}


class SignUpForm(forms.Form):
    """`once` makes one tenant of however many submits of this form; a form without a good one is given a new one."""

    organization = forms.CharField(
        label=_("Organisation"),
        max_length=DISPLAY_NAME_LENGTH,
        error_messages={"required": _("Say what your organisation is called.")},
        widget=forms.TextInput({"autocomplete": "organization", "autofocus": True}),
    )
    name = forms.CharField(
        label=_("Your name"),
        max_length=DISPLAY_NAME_LENGTH,
        error_messages={"required": _("Say what you are called.")},
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("The link with which you create your passkey goes there."),
        error_messages={
            "required": _("Give the address your link is sent to."),
            "invalid": _("Give an address like ada@example.com."),
        },
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    once = forms.CharField(
        widget=forms.HiddenInput, validators=[RegexValidator(re.compile(r"\A[A-Za-z0-9_-]{43}\Z"))], required=True
    )

    @classmethod
    def fresh(cls) -> "SignUpForm":
        return cls(initial={"once": secrets.new_token()})

    def renewed(self) -> "SignUpForm":
        """The same answers under a new token, when the one that came with them is none."""
        form = SignUpForm({name: self.data.get(name, "") for name in self.fields} | {"once": secrets.new_token()})
        form.full_clean()
        if not form.errors:
            form.add_error(None, _("This form was too old. Send it again."))
        return form

    def refuse(self, refusal: Invalid) -> None:
        """Puts what the verb found beside the field it found it in."""
        for violation in refusal.violations:
            self.add_error(_FIELD_OF.get(violation.field), words_for(violation.description))
