"""What a filter and sortBy may name (RFC 7644 §3.4.2.2, §3.4.2.3), and where each is kept. Keys are lower case."""

from apps.directory import selectors
from apps.directory.filter_kinds import Constant, Flag, Loose, Moment, Related, Several, Spelt, Unless
from apps.directory.filtering import EMAIL, EXTERNAL_ID, USERNAME, Attributes, Text
from apps.scim.resources import EnterpriseUser, Group, GroupDescription, User

_META: Attributes = {"id": Text("id"), "meta.created": Moment("created_at"), "meta.lastmodified": Moment("updated_at")}
_NO = Constant("False")

_USER: Attributes = {
    **_META,
    "meta.resourcetype": Constant("User"),
    "username": USERNAME,
    "externalid": EXTERNAL_ID,
    "displayname": Unless(Loose("display_name"), "display_name"),
    "name.givenname": Loose("given_name"),
    "name.familyname": Loose("family_name"),
    "name.formatted": Loose(trait="formatted_name"),
    "name.middlename": Loose(trait="middle_name"),
    "name.honorificprefix": Loose(trait="honorific_prefix"),
    "name.honorificsuffix": Loose(trait="honorific_suffix"),
    "nickname": Loose(trait="nick_name"),
    "profileurl": Loose(trait="profile_url"),
    "title": Loose(trait="title"),
    "usertype": Loose(trait="user_type"),
    "preferredlanguage": Loose(trait="preferred_language"),
    "locale": Loose(trait="locale"),
    "timezone": Loose(trait="timezone"),
    "active": Unless(Flag("status", "active"), "status"),
    "emails": Several(
        (
            {
                "value": EMAIL,
                "type": Loose(trait="email_type", kept_in="provisioned", otherwise="work"),
                "primary": Spelt(trait="email_primary", kept_in="provisioned", otherwise="true"),
            },
            {
                "value": Loose(trait="secondary_email_address"),
                "type": Loose(trait="secondary_email_type", kept_in="provisioned", otherwise="home"),
                "primary": _NO,
            },
        )
    ),
    "phonenumbers": Several(
        tuple(
            {"value": Loose(trait=f"{kept}_phone"), "type": Constant(shown)}
            for shown, kept in (("work", "primary"), ("mobile", "mobile"), ("home", "secondary"))
        )
    ),
    "photos": Several(({"value": Loose(trait="photo_url"), "type": Constant("photo")},)),
    "addresses.streetaddress": Loose(trait="street_address"),
    "addresses.locality": Loose(trait="locality"),
    "addresses.region": Loose(trait="region"),
    "addresses.postalcode": Loose(trait="postal_code"),
    "addresses.country": Loose(trait="country"),
    "addresses.type": Constant("work"),
    "groups": Several(({"value": Related(selectors.ids_of_people_in)},)),
}
_ENTERPRISE: Attributes = {
    "employeenumber": Loose(trait="employee_number"),
    "costcenter": Loose(trait="cost_center"),
    "organization": Loose(trait="organization"),
    "division": Loose(trait="division"),
    "department": Loose(trait="department"),
    "manager": Loose(trait="manager_id"),
    "manager.value": Loose(trait="manager_id"),
}
_GROUP: Attributes = {
    **_META,
    "meta.resourcetype": Constant("Group"),
    "displayname": Loose("display_name"),
    "externalid": EXTERNAL_ID,
    "members": Several(({"value": Related(selectors.ids_of_groups_with)},)),
}
_DESCRIPTION: Attributes = {"description": Loose("description")}


def _spelt(attributes: Attributes, urn: str) -> Attributes:
    """With the schema's own name before them (RFC 7644 §3.10)."""
    return {f"{urn}:{name}".lower(): kept for name, kept in attributes.items()}


USERS: Attributes = {**_USER, **_spelt(_USER, User.__schema__), **_spelt(_ENTERPRISE, EnterpriseUser.__schema__)}
GROUPS: Attributes = {**_GROUP, **_spelt(_GROUP, Group.__schema__), **_spelt(_DESCRIPTION, GroupDescription.__schema__)}
