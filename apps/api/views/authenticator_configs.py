"""R/authenticator-configs (contract/wire.md §1.8, extensions.md §5)."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import etags
from apps.api.bodies import wrapped
from apps.api.endpoint import RealmEndpoint, done
from apps.api.operations import operation
from apps.api.paging import listed_by_hundreds
from apps.api.schemas import authenticator_configs as schema
from apps.api.schemas.parameters import HUNDREDS
from apps.authenticators import selectors as authenticators
from apps.authenticators import services as verbs
from apps.authenticators.contract import (
    authenticator_config_json,
    parse_authenticator_config,
    parse_authenticator_config_changes,
)


class AuthenticatorConfigs(RealmEndpoint):
    terse = True

    @operation(
        "CreateAuthenticatorConfig",
        "authenticator-configs:create",
        takes=schema.NEW_AUTHENTICATOR_CONFIG,
        answers=schema.AUTHENTICATOR_CONFIG,
    )
    def post(self, request: Request, **path: str) -> Response:
        given = parse_authenticator_config(wrapped(request, "authenticator_config"))
        made = verbs.create_authenticator_config(self.ctx, self.realm, **given)
        return etags.answer(request, authenticator_config_json(made))

    @operation(
        "ListAuthenticatorConfigs", "authenticator-configs:read", query=HUNDREDS, answers=schema.AUTHENTICATOR_CONFIGS
    )
    def get(self, request: Request, **path: str) -> Response:
        rows = authenticators.authenticator_configs_in(self.realm)
        return listed_by_hundreds(request, "authenticator_configs", rows, authenticator_config_json)


class AuthenticatorConfig(RealmEndpoint):
    terse = True

    @operation("GetAuthenticatorConfig", "authenticator-configs:read", answers=schema.AUTHENTICATOR_CONFIG)
    def get(self, request: Request, config_id: str, **path: str) -> Response:
        config = authenticators.get_authenticator_config(self.realm, config_id)
        return etags.answer(request, authenticator_config_json(config))

    @operation(
        "UpdateAuthenticatorConfig",
        "authenticator-configs:update",
        takes=schema.AUTHENTICATOR_CONFIG_CHANGES,
        answers=schema.AUTHENTICATOR_CONFIG,
    )
    def patch(self, request: Request, config_id: str, **path: str) -> Response:
        config = authenticators.get_authenticator_config(self.realm, config_id)
        given = parse_authenticator_config_changes(wrapped(request, "authenticator_config"))
        seen_at = etags.seen_at(request, config.updated_at, authenticator_config_json(config))
        verbs.update_authenticator_config(self.ctx, config, seen_at=seen_at, **given)
        return etags.answer(request, authenticator_config_json(config))

    @operation(
        "DeleteAuthenticatorConfig",
        "authenticator-configs:delete",
        refuses={409: "An application or an open job uses it."},
    )
    def delete(self, request: Request, config_id: str, **path: str) -> Response:
        config = authenticators.get_authenticator_config(self.realm, config_id)
        seen_at = etags.seen_at(request, config.updated_at, authenticator_config_json(config))
        verbs.delete_authenticator_config(self.ctx, config, seen_at=seen_at)
        return done()
