"""oauthlib's device grant (RFC 8628 §3.4), with the ID token that it leaves out (OpenID Connect Core §3.1.3.3)."""

import json
from typing import Any

from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc8628.grant_types import DeviceCodeGrant as OAuthDeviceCodeGrant


class DeviceCodeGrant(OAuthDeviceCodeGrant):
    def create_token_response(self, request: Request, token_handler: Any) -> tuple[dict[str, str], str, int]:
        headers = self._get_default_headers()
        try:
            self.validate_token_request(request)
        except errors.OAuth2Error as refused:
            return {**headers, **refused.headers}, refused.json, refused.status_code
        token = token_handler.create_token(request, self.refresh_token)
        if "openid" in request.scopes:
            token["id_token"] = self.request_validator.get_id_token(token, token_handler, request)
        self.request_validator.save_token(token, request)
        return headers, json.dumps(token), 200
