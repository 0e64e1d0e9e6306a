"""How events about a tenant, its realms and what is set up in them read."""

from django.utils.translation import gettext_lazy as _

from apps.events.types import EventType as E

CHANGES = {
    (E.TENANT_CHANGE, "CREATE"): (_("{actor} opened the tenant {tenant}"), _("{actor} could not open a tenant")),
    (E.TENANT_CHANGE, "UPDATE"): (_("{actor} changed the tenant {tenant}"), _("{actor} could not change the tenant")),
    (E.REALM_CHANGE, "CREATE"): (_("{actor} created the realm {realm}"), _("{actor} could not create a realm")),
    (E.REALM_CHANGE, "UPDATE"): (_("{actor} changed the realm {realm}"), _("{actor} could not change {realm}")),
    (E.REALM_CHANGE, "DELETE"): (_("{actor} deleted the realm {realm}"), _("{actor} could not delete {realm}")),
    (E.REALM_CHANGE, "EXPORT_EVENTS"): (_("{actor} exported events"), _("{actor} could not export events")),
    (E.REALM_CHANGE, "CANCEL_EXPORT"): (
        _("{actor} cancelled an export of events"),
        _("{actor} could not cancel an export of events"),
    ),
    (E.REALM_CHANGE, "SAVE_VIEW"): (
        _("{actor} saved the view {saved_view} of the events"),
        _("{actor} could not save a view of the events"),
    ),
    (E.REALM_CHANGE, "CHANGE_VIEW"): (
        _("{actor} changed the view {saved_view} of the events"),
        _("{actor} could not change the view {saved_view} of the events"),
    ),
    (E.REALM_CHANGE, "DELETE_VIEW"): (
        _("{actor} deleted the view {saved_view} of the events"),
        _("{actor} could not delete the view {saved_view} of the events"),
    ),
    (E.RESOURCE_SERVER_CHANGE, "EXPORT"): (
        _("{actor} exported resource servers"),
        _("{actor} could not export resource servers"),
    ),
    (E.APPLICATION_CHANGE, "EXPORT"): (
        _("{actor} exported applications"),
        _("{actor} could not export applications"),
    ),
    (E.APPLICATION_CHANGE, "CREATE"): (
        _("{actor} created the application {application}"),
        _("{actor} could not create an application"),
    ),
    (E.APPLICATION_CHANGE, "UPDATE"): (
        _("{actor} changed the application {application}"),
        _("{actor} could not change {application}"),
    ),
    (E.APPLICATION_CHANGE, "DELETE"): (
        _("{actor} deleted the application {application}"),
        _("{actor} could not delete {application}"),
    ),
    (E.APPLICATION_CHANGE, "ROTATE_SECRET"): (
        _("{actor} made a new secret for {application}"),
        _("{actor} could not make a new secret for {application}"),
    ),
    (E.AUTHENTICATOR_CONFIG_CHANGE, "CREATE"): (
        _("{actor} created the authenticator {authenticator_config}"),
        _("{actor} could not create an authenticator"),
    ),
    (E.AUTHENTICATOR_CONFIG_CHANGE, "UPDATE"): (
        _("{actor} changed the authenticator {authenticator_config}"),
        _("{actor} could not change {authenticator_config}"),
    ),
    (E.AUTHENTICATOR_CONFIG_CHANGE, "DELETE"): (
        _("{actor} deleted the authenticator {authenticator_config}"),
        _("{actor} could not delete {authenticator_config}"),
    ),
    (E.RESOURCE_SERVER_CHANGE, "CREATE"): (
        _("{actor} created the resource server {resource_server}"),
        _("{actor} could not create a resource server"),
    ),
    (E.RESOURCE_SERVER_CHANGE, "UPDATE"): (
        _("{actor} changed the resource server {resource_server}"),
        _("{actor} could not change {resource_server}"),
    ),
    (E.RESOURCE_SERVER_CHANGE, "DELETE"): (
        _("{actor} deleted the resource server {resource_server}"),
        _("{actor} could not delete {resource_server}"),
    ),
    (E.IDENTITY_PROVIDER_CHANGE, "CREATE"): (
        _("{actor} added the identity provider {identity_provider}"),
        _("{actor} could not add an identity provider"),
    ),
    (E.IDENTITY_PROVIDER_CHANGE, "UPDATE"): (
        _("{actor} changed the identity provider {identity_provider}"),
        _("{actor} could not change {identity_provider}"),
    ),
    (E.IDENTITY_PROVIDER_CHANGE, "ENABLE"): (
        _("{actor} let people sign in through {identity_provider} again"),
        _("{actor} could not let people sign in through {identity_provider}"),
    ),
    (E.IDENTITY_PROVIDER_CHANGE, "DISABLE"): (
        _("{actor} let nobody sign in through {identity_provider} any more"),
        _("{actor} could not stop people signing in through {identity_provider}"),
    ),
    (E.IDENTITY_PROVIDER_CHANGE, "TEST"): (
        _("{actor} checked the identity provider {identity_provider}"),
        _("{actor} checked {identity_provider}, which cannot be used"),
    ),
    (E.IDENTITY_PROVIDER_CHANGE, "DELETE"): (
        _("{actor} deleted the identity provider {identity_provider}"),
        _("{actor} could not delete {identity_provider}"),
    ),
    (E.POLICY_CHANGE, "CREATE"): (_("The policy began with its first rules"), _("The policy could not begin")),
    (E.POLICY_CHANGE, "SAVE_DRAFT"): (
        _("{actor} edited the policy draft"),
        _("{actor} could not edit the policy draft"),
    ),
    (E.POLICY_CHANGE, "DISCARD_DRAFT"): (
        _("{actor} discarded the policy draft"),
        _("{actor} could not discard the policy draft"),
    ),
    (E.POLICY_CHANGE, "PUBLISH"): (_("{actor} published the policy"), _("{actor} could not publish the policy")),
    (E.POLICY_CHANGE, "RESTORE"): (
        _("{actor} took an old version of the policy into the draft"),
        _("{actor} could not restore an old version of the policy"),
    ),
    (E.POLICY_CHANGE, "SAVE_TESTS"): (
        _("{actor} changed the tests of the policy"),
        _("{actor} could not change the tests of the policy"),
    ),
    (E.POLICY_CHANGE, "RECOVER"): (
        _("{actor} put the policy back to where administrators get in"),
        _("{actor} could not put the policy back"),
    ),
    (E.SIGNING_KEY_CHANGE, "ROTATE"): (
        _("{actor} rotated the signing keys"),
        _("{actor} could not rotate the signing keys"),
    ),
    (E.SIGNING_KEY_CHANGE, "RETIRE"): (
        _("{actor} withdrew a signing key at once"),
        _("{actor} could not withdraw a signing key"),
    ),
    (E.SIGNING_KEY_CHANGE, "CREATE"): (_("A signing key was made"), _("A signing key could not be made")),
    (E.THEME_CHANGE, "CREATE"): (
        _("{actor} gave the hosted pages a look of their own"),
        _("{actor} could not change the look of the hosted pages"),
    ),
    (E.THEME_CHANGE, "DRAFT"): (
        _("{actor} worked on a new look of the hosted pages"),
        _("{actor} could not save the draft of a new look"),
    ),
    (E.THEME_CHANGE, "PUBLISH"): (
        _("{actor} published a new look of the hosted pages"),
        _("{actor} could not publish a new look of the hosted pages"),
    ),
    (E.THEME_CHANGE, "DISCARD_DRAFT"): (
        _("{actor} discarded the draft of a new look"),
        _("{actor} could not discard the draft of a new look"),
    ),
    (E.THEME_CHANGE, "RESET"): (
        _("{actor} took the hosted pages back to the default look"),
        _("{actor} could not take the hosted pages back to the default look"),
    ),
    (E.THEME_CHANGE, "UPLOAD_LOGO"): (
        _("{actor} uploaded a logo"),
        _("{actor} could not upload a logo"),
    ),
    (E.THEME_CHANGE, "UPDATE"): (
        _("{actor} changed the look of the hosted pages"),
        _("{actor} could not change the look of the hosted pages"),
    ),
    (E.EMAIL_TEMPLATE_CHANGE, "UPDATE"): (
        _("{actor} changed the wording of a mail"),
        _("{actor} could not change the wording of a mail"),
    ),
    (E.EMAIL_TEMPLATE_CHANGE, "DELETE"): (
        _("{actor} took back the wording of a mail"),
        _("{actor} could not take back the wording of a mail"),
    ),
    (E.EMAIL_TEMPLATE_CHANGE, "SEND_TEST"): (
        _("{actor} asked for a test mail"),
        _("{actor} could not be sent a test mail"),
    ),
    (E.EVENT_STREAM_CHANGE, "CREATE"): (
        _("{actor} created the event stream {event_stream}"),
        _("{actor} could not create an event stream"),
    ),
    (E.EVENT_STREAM_CHANGE, "UPDATE"): (
        _("{actor} changed the event stream {event_stream}"),
        _("{actor} could not change {event_stream}"),
    ),
    (E.EVENT_STREAM_CHANGE, "PAUSE"): (
        _("{actor} paused the event stream {event_stream}"),
        _("{actor} could not pause {event_stream}"),
    ),
    (E.EVENT_STREAM_CHANGE, "RESUME"): (
        _("{actor} let the event stream {event_stream} go on"),
        _("{actor} could not let {event_stream} go on"),
    ),
    (E.EVENT_STREAM_CHANGE, "ROTATE_SECRET"): (
        _("{actor} made a new secret for the event stream {event_stream}"),
        _("{actor} could not make a new secret for {event_stream}"),
    ),
    (E.EVENT_STREAM_CHANGE, "TEST"): (
        _("{actor} sent a test event through {event_stream}"),
        _("A test event of {actor} did not arrive through {event_stream}"),
    ),
    (E.EVENT_STREAM_CHANGE, "REPLAY"): (
        _("{actor} had what {event_stream} gave up sent again"),
        _("{actor} could not have what {event_stream} gave up sent again"),
    ),
    (E.EVENT_STREAM_CHANGE, "DEAD_LETTER"): (
        _("Events for {event_stream} were given up after a day"),
        _("Events for {event_stream} were given up after a day"),
    ),
    (E.EVENT_STREAM_CHANGE, "DELETE"): (
        _("{actor} deleted the event stream {event_stream}"),
        _("{actor} could not delete {event_stream}"),
    ),
    (E.API_REQUEST_DENIED, ""): (_("A request to the API was answered"), _("A request to the API was denied")),
}
