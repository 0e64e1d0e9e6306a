from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

FIELDS: Mapping[str, str] = {
    "job.delivery_method": "delivery",
    "job.post_binding_redirect_uri": "redirect",
    "job.expires_after": "life",
}
_LIVES = (
    (3_600, _("1 hour")),
    (86_400, _("1 day")),
    (7 * 86_400, _("7 days")),
    (30 * 86_400, _("30 days")),
)


class _Delivery(forms.RadioSelect):
    """Radio cards of which some cannot be chosen; their text says why."""

    refused: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *rest: Any, **options: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *rest, **options)
        if value in self.refused:
            option["attrs"]["disabled"] = True
        return option


class InvitationForm(forms.Form):
    """ "Add a passkey": with which authenticator, and how the link reaches the person."""

    delivery = forms.ChoiceField(label=_("How does the link reach them?"), widget=_Delivery)
    authenticator = forms.ChoiceField(label=_("Authenticator"), help_text=_("Where the link leads."))
    life = forms.TypedChoiceField(label=_("The link works for"), coerce=int, choices=_LIVES, initial=7 * 86_400)
    redirect = forms.CharField(
        label=_("Then go to"),
        required=False,
        max_length=2048,
        help_text=_("An https address that is opened once the passkey is made."),
        widget=forms.URLInput(attrs={"autocomplete": "off", "placeholder": "https://"}),
    )

    def __init__(self, data: Any = None, *, identity: Any, configs: Iterable[Any], prefix: str = "") -> None:
        super().__init__(data, auto_id=f"{prefix}id_%s")
        self.configs = list(configs)
        address = identity.primary_email_address
        choices = [(str(config.pk), config.display_name) for config in configs]
        mailed = _now("We mail it to %(address)s.") % {"address": address}
        unmailed = _now("There is no e-mail address to send it to. Add one by editing this person.")
        self._offer(
            "delivery",
            [
                ("EMAIL", "\n".join((_now("Send an e-mail"), mailed if address else unmailed))),
                ("RETURN", "\n".join((_now("Show the link"), _now("You see it once and pass it on yourself.")))),
            ],
        )
        self._offer("authenticator", choices)
        if not address:
            self.fields["delivery"].widget.refused = frozenset({"EMAIL"})
        self.initial = {"delivery": "EMAIL" if address else "RETURN", "authenticator": choices[0][0] if choices else ""}

    @property
    def shows_more(self) -> bool:
        return any(name in self.errors for name in ("authenticator", "life", "redirect"))

    @property
    def expires_after(self) -> timedelta:
        return timedelta(seconds=self.cleaned_data["life"])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices
