from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.console.forms.rule_conditions import RowField, new_key, rows_in
from apps.console.forms.versioned import read_version
from apps.console.rule_parts import BINDINGS, PICKERS, PLATFORMS, Parts, join, split
from apps.console.rule_rows import row_of
from apps.console.rule_sentences import Names
from apps.console.rule_words import PLATFORM_WORDS

FIELDS: Mapping[str, str] = {
    "name": "name",
    "action.message": "message",
    "transaction": "transaction",
    **{f"notify.emails{place}": "notify" for place in ("", *(f".{number}" for number in range(6)))},
    "notify": "notify",
}
_TRANSACTIONS = (
    ("authentication", _("signs in")),
    ("credential_binding", _("makes a passkey")),
    ("add_device", _("adds a device")),
    ("any", _("does any of these")),
)
_ACTIONS = (
    ("allow", _("Allow\nLets them through; rules below are not asked.")),
    (
        "allow_with_os_verification",
        _("Allow with user verification\nLets them through once the device has checked face, finger or PIN."),
    ),
    ("monitor", _("Note it and go on\nWrites it into the record; the next rule is asked.")),
    ("deny", _("Deny\nRefuses, with your message; rules below are not asked.")),
)
_BIOMETRIC = ("allow_with_biometric", _("Allow with biometrics\nLets them through once a face or finger was checked."))
_BINDINGS = {
    "hardware": _("Hardware\nThe key never leaves one device or security key."),
    "synced": _("Synced\nA provider carries it to the person's other devices."),
    "software": _("Software\nThe key is kept by the browser."),
}


class RuleForm(forms.Form):
    """One rule. `rule` is the one being edited, None for a new one; conditions it cannot show are carried along."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("What it is for, in a few words."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    groups = forms.MultipleChoiceField(
        label=_("Anyone in"),
        required=False,
        help_text=_("One of these groups is enough. Choose none for everybody."),
        widget=forms.CheckboxSelectMultiple,
    )
    transaction = forms.ChoiceField(
        label=_("Who"), choices=_TRANSACTIONS, initial="authentication", widget=forms.RadioSelect
    )
    applications = forms.MultipleChoiceField(
        label=_("To"),
        required=False,
        help_text=_("One of these applications is enough. Choose none for all of them."),
        widget=forms.CheckboxSelectMultiple,
    )
    bindings = forms.MultipleChoiceField(
        label=_("With this kind of passkey"),
        required=False,
        help_text=_("Choose none for every kind."),
        choices=[(name, _BINDINGS[name]) for name in BINDINGS],
        widget=forms.CheckboxSelectMultiple,
    )
    platforms = forms.MultipleChoiceField(
        label=_("On"),
        required=False,
        help_text=_("Choose none for every system."),
        choices=[(name, PLATFORM_WORDS[name]) for name in PLATFORMS],
        widget=forms.CheckboxSelectMultiple,
    )
    action = forms.ChoiceField(label=_("Then"), choices=_ACTIONS, initial="deny", widget=forms.RadioSelect)
    message = forms.CharField(
        label=_("Message"),
        required=False,
        max_length=300,
        help_text=_("Whoever is refused reads it. Say whom to ask."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    notify = forms.CharField(
        label=_("Tell by e-mail"),
        required=False,
        max_length=1500,
        help_text=_("Up to five addresses, separated by commas. They hear of it four times an hour at most."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )
    alert = forms.BooleanField(
        label=_("Raise an alert"),
        required=False,
        help_text=_("Marks the event, for streams that take alerts alone. Four times an hour at most, like mails."),
    )
    place = forms.TypedChoiceField(label=_("Place"), coerce=int, required=False, empty_value="0")
    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        rules: list[Any],
        read_at: datetime,
        named: Mapping[str, Iterable[tuple[str, str]]],
        rule: Mapping[str, Any] | None = None,
    ) -> None:
        """`named`: of each picker, (value, name) of what may be chosen: enough that those are in it which are chosen."""
        super().__init__(data)
        self.rule = rule
        self.parts = self._known_parts()
        self.rows = rows_in(data) if data is not None else self._known_rows()
        self._offer("groups", self._with_deleted("groups", named.get("groups", ())))
        self._offer("applications", self._with_deleted("applications", named.get("applications", ())))
        self._offer("place", [(0, _now("First")), *((i, self._after(i, each)) for i, each in enumerate(rules, 1))])
        self.fields["place"].required = rule is None
        if rule is not None and rule["action"]["type"] == _BIOMETRIC[0]:
            self._offer("action", [*_ACTIONS, _BIOMETRIC])
        self.initial = {"version": read_at.isoformat(), **(self._told(rule) if rule else {})}
        self.conflict: dict[str, Any] | None = None

    def clean(self) -> None:
        if any(row.problem for row in self.rows):
            self.add_error(None, _("A condition is not complete. It says below what to change."))

    def built(self, rule_id: str) -> dict[str, Any]:
        """The rule as it was filled in. What the form does not show stays as it was."""
        cleaned = self.cleaned_data
        known = dict(self.rule or {"description": "", "enabled": True})
        known.pop("notify", None)
        picked = {picker: tuple(cleaned[picker]) for picker in PICKERS}
        if cleaned["transaction"] in ("credential_binding", "add_device"):
            picked["applications"] = ()  # only a sign-in is to an application
        action = {"type": cleaned["action"]}
        if cleaned["action"] == "deny" and cleaned["message"]:
            action["message"] = cleaned["message"]
        return {
            **known,
            "id": rule_id,
            "name": cleaned["name"],
            "transaction": cleaned["transaction"],
            "condition": join(Parts(picked, self.parts.rest, self._conditions()), known.get("condition")),
            "action": action,
            **self._notify(),
        }

    def add_row(self) -> None:
        """One more to fill in, for browsers that run no script."""
        self.rows.append(RowField(key=new_key()))
        self.judge_nothing()

    def judge_nothing(self) -> None:
        """What was typed so far is kept and not judged yet."""
        self._errors = ErrorDict()  # as full_clean leaves it

    def fill_further(self, posted: Any) -> None:
        """With what was typed before the session was over; see kept_forms.py."""
        self.rows = rows_in(posted)

    def _conditions(self) -> tuple[Any, ...]:
        return tuple(row.condition for row in self.rows if row.condition is not None)

    def _known_rows(self) -> list[RowField]:
        found = (row_of(condition) for condition in self.parts.rows)
        return [RowField(row.attribute, row.operator, row.text, key=new_key()) for row in found if row is not None]

    def _notify(self) -> dict[str, Any]:
        """Only who notes or denies tells somebody."""
        if self.cleaned_data["action"] not in ("monitor", "deny"):
            return {}
        told = [each.strip() for each in self.cleaned_data.get("notify", "").split(",") if each.strip()]
        alert = {"alert": True} if self.cleaned_data.get("alert") else {}
        notify = {**({"emails": told} if told else {}), **alert}
        return {"notify": notify} if notify else {}

    @property
    def seen_at(self) -> datetime:
        return read_version(self.cleaned_data.get("version", ""))

    def show_conflict(self, read_at: datetime, **told: Any) -> None:
        """Somebody else changed the draft: saving again is on top of what they did. `told` is for the template."""
        self.conflict = told
        sent: Any = self.data  # a request's QueryDict, which is closed until it is copied
        data = sent.copy()
        data["version"] = read_at.isoformat()
        self.data = data

    @property
    def shows_further(self) -> bool:
        """Unfolded when it holds something, or when something in it is wrong."""
        return any(self[name].value() or name in self.errors for name in ("bindings", "platforms"))

    @property
    def changed_meanwhile(self) -> bool:
        return self.conflict is not None

    def _known_parts(self) -> Parts:
        return split((self.rule or {}).get("condition", {}))

    def _told(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "name": rule.get("name", ""),
            "transaction": rule["transaction"],
            "action": rule["action"]["type"],
            "message": rule["action"].get("message", ""),
            "notify": ", ".join(rule.get("notify", {}).get("emails", [])),
            "alert": rule.get("notify", {}).get("alert", False),
            **{picker: list(values) for picker, values in self.parts.picked.items()},
        }

    def _with_deleted(self, picker: str, offered: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        choices = list(offered)
        known = {value for value, _label in choices}
        attribute = PICKERS[picker][0]
        gone = [value for value in self.parts.picked.get(picker, ()) if value not in known]
        return [*choices, *((value, Names().of(attribute, value)) for value in gone)]

    def _after(self, number: int, rule: Mapping[str, Any]) -> str:
        return _now("After %(number)s. %(name)s") % {"number": number, "name": rule.get("name") or rule["id"]}

    def _offer(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices
