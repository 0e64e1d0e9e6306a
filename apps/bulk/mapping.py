"""Which column of a file is which field of a person. Pure.

Fields are the directory's own (contract/wire.md §1.4), and `groups`: names of groups, by semicolons.
"""

import re
from collections.abc import Mapping, Sequence

from apps.core.errors import Invalid, Violation
from apps.core.tables import as_meant
from apps.directory import traits

GROUPS = "groups"
FIELDS = ("display_name", *traits.COLUMNS, "status", GROUPS, *sorted(traits.FURTHER))
SKIP, UPDATE = "skip", "update"
EXISTING = (SKIP, UPDATE)

# What other systems call it, beside our own names; letters and digits alone, in lower case.
_CALLED = {
    "display_name": "name fullname displayname anzeigename nom nombre",
    "username": "user userid login loginname userprincipalname upn benutzername account samaccountname",
    "primary_email_address": "email emailaddress mail primaryemail workemail emailwork correo courriel",
    "external_id": "externalid objectid immutableid",
    "given_name": "firstname givenname first vorname prenom",
    "family_name": "lastname familyname surname last nachname sn",
    "status": "state accountstatus",
    GROUPS: "group groupnames memberof memberships gruppen",
    "secondary_email_address": "secondaryemail recoveryemail otheremail",
    "primary_phone": "phone phonenumber telephone telephonenumber workphone",
    "mobile_phone": "mobile mobilephone cell cellphone",
    "title": "jobtitle position",
    "organization": "company organisation employer",
    "employee_number": "employeeid employeenumber personnelnumber",
    "preferred_language": "language lang",
    "timezone": "tz",
    "locality": "city",
    "region": "state province",
    "postal_code": "zip zipcode postcode",
    "manager_id": "manager",
}


def guess(heading: Sequence[str]) -> dict[str, int]:
    """Field → column, each of both once, the first that fits."""
    known = {_bare(field): field for field in FIELDS}
    for field, words in _CALLED.items():
        known = {**dict.fromkeys(words.split(), field), **known}
    found: dict[str, int] = {}
    for column, name in enumerate(heading):
        if (fits := known.get(_bare(name))) and fits not in found:
            found[fits] = column
    return found


def checked(given: Mapping[str, int], width: int) -> dict[str, int]:
    """Raises Invalid: for a column that is not there or taken twice, and where nothing says what people are called."""
    wrong = [
        Violation(f"mapping.{field}", "unknown field" if field not in FIELDS else "no such column")
        for field, column in given.items()
        if field not in FIELDS or not 0 <= column < width
    ]
    if len(set(given.values())) != len(given):
        wrong.append(Violation("mapping", "a column is chosen twice"))
    if "username" not in given and "primary_email_address" not in given:
        wrong.append(Violation("mapping.username", "missing"))
    if wrong:
        raise Invalid(wrong)
    return dict(given)


def values_in(cells: Sequence[str], mapping: Mapping[str, int]) -> dict[str, str]:
    """What the row says, without what it leaves empty. Without a column of usernames people are called by their address."""
    said = {field: as_meant(cells[column]).strip() for field, column in mapping.items()}
    if "username" not in mapping:
        said["username"] = said.get("primary_email_address", "")
    return {field: value for field, value in said.items() if value}


def group_names(said: Mapping[str, str]) -> list[str]:
    """Each once, in order."""
    return list(dict.fromkeys(filter(None, (name.strip() for name in said.get(GROUPS, "").split(";")))))


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
