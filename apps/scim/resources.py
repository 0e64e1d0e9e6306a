"""What SCIM shows of a directory: the attributes that are kept, and no others (RFC 7643 §4; docs/scim.md has the mapping).

Declared here and not taken from the library, so that the discovery endpoints tell the truth.
"""

from typing import Annotated, ClassVar

from django.conf import settings
from pydantic import Field
from scim2_models import (
    URN,
    AnyExtension,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Extension,
    External,
    Filter,
    Mutability,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)
from scim2_models import User as StandardUser

MOST_RESULTS = 1000
MOST_OPERATIONS = 1000
MOST_BYTES = 1_048_576


class EmailAddress(ComplexAttribute):
    """Two are kept: the primary one, shown as `work`, and one other, shown as `home`."""

    value: str | None = None
    type: str | None = Field(None, examples=["work", "home"])
    primary: bool | None = None


class PhoneNumber(ComplexAttribute):
    """One of each type is kept."""

    value: str | None = None
    type: str | None = Field(None, examples=["work", "mobile", "home"])


class Address(ComplexAttribute):
    """One is kept, shown as `work`."""

    street_address: str | None = None
    locality: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    type: str | None = Field(None, examples=["work"])


class Photo(ComplexAttribute):
    """One is kept. Text, since the management API takes any: what is kept must be shown whatever it is."""

    value: str | None = None
    type: str | None = Field(None, examples=["photo"])


class Manager(ComplexAttribute):
    """`value` is the id of another user of the realm; a `$ref` that a client sends is passed over."""

    value: Annotated[str | None, CaseExact.true] = None
    ref: Reference["User"] | None = Field(None, serialization_alias="$ref", validation_alias="$ref")
    display_name: Annotated[str | None, Mutability.read_only] = None


class EnterpriseUser(Extension):
    __schema__ = URN("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")

    employee_number: str | None = None
    cost_center: str | None = None
    organization: str | None = None
    division: str | None = None
    department: str | None = None
    manager: Manager | None = None


class GroupOfUser(ComplexAttribute):
    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    ref: Annotated[Reference["Group"] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    display: Annotated[str | None, Mutability.read_only] = None


class User(Resource[AnyExtension]):
    """An identity."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    name: StandardUser.Name | None = None  # type: ignore[valid-type]
    display_name: str | None = None
    nick_name: str | None = None
    profile_url: str | None = None
    title: str | None = None
    user_type: str | None = None
    preferred_language: str | None = None
    locale: str | None = None
    timezone: str | None = None
    active: bool | None = None
    emails: list[EmailAddress] | None = None
    phone_numbers: list[PhoneNumber] | None = None
    photos: list[Photo] | None = None
    addresses: list[Address] | None = None
    groups: Annotated[list[GroupOfUser] | None, Mutability.read_only] = None

    Name: ClassVar[type[ComplexAttribute]] = StandardUser.Name


class Member(ComplexAttribute):
    """A user of the same realm, by `value`; a `$ref` that a client sends is passed over."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    ref: Annotated[Reference["User"] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    type: Annotated[str | None, Mutability.read_only] = Field(None, examples=["User"])


class Group(Resource[AnyExtension]):
    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true, Uniqueness.server] = None
    members: list[Member] | None = None


class GroupDescription(Extension):
    """The reference's extension of groups, by its name there (contract/wire.md §4). A PUT without it leaves it as it is."""

    __schema__ = URN("urn:scim:schemas:extension:byndid:1.0:Group")

    description: str | None = None


_DOCUMENTATION = Reference[External](f"{settings.IDENTITY_CLOUD_API_URL}/docs/api")
CONFIG = ServiceProviderConfig(
    documentation_uri=_DOCUMENTATION,
    patch=Patch(supported=True),
    bulk=Bulk(supported=True, max_operations=MOST_OPERATIONS, max_payload_size=MOST_BYTES),
    filter=Filter(supported=True, max_results=MOST_RESULTS),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=True),
    etag=ETag(supported=True),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="OAuth Bearer Token",
            description="An access token with scim:all, or the scim:users and scim:groups scopes",
            spec_uri=Reference[External]("https://www.rfc-editor.org/info/rfc6750"),
            documentation_uri=_DOCUMENTATION,
        )
    ],
)
# As Entra and Okta send them: attributes that nobody declared, and members removed by giving them as a value.
POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
PROVIDER = ScimProvider(
    [User, EnterpriseUser, Group, GroupDescription],
    [ResourceType.from_resource(User[EnterpriseUser]), ResourceType.from_resource(Group[GroupDescription])],
    CONFIG,
    POLICY,
)
