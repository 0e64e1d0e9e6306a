from django import forms
from django.utils.translation import gettext_lazy as _


class AddressForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class TenantForm(forms.Form):
    tenant = forms.RegexField(
        label=_("Tenant ID"),
        regex=r"^[0-9a-f]{16}$",
        error_messages={"invalid": _("A tenant ID has 16 characters, 0 to 9 and a to f.")},
        help_text=_("It stands on the home page of every realm."),
    )
    username = forms.CharField(label=_("Username"), max_length=64, required=False)
