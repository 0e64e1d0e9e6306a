// A device on npm's openid-client: it asks for codes, shows them as a line of JSON, polls, and shows what it got.
// Configured by ISSUER, CLIENT_ID and CLIENT_SECRET ("" for a public client).
import * as client from "openid-client";

const { ISSUER, CLIENT_ID, CLIENT_SECRET } = process.env;
const insecure = { execute: [client.allowInsecureRequests] }; // the provider under test listens on http://localhost
const method = CLIENT_SECRET ? client.ClientSecretBasic(CLIENT_SECRET) : client.None();
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, method, insecure);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const codes = await client.initiateDeviceAuthorization(config, { scope: "openid profile email" });
say(codes);
try {
  const tokens = await client.pollDeviceAuthorizationGrant(config, codes);
  const claims = tokens.claims();
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
  const home = config.serverMetadata().end_session_endpoint && client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token }).href;
  say({ claims, userinfo, scope: tokens.scope, renewed: renewed.access_token !== tokens.access_token, home });
} catch (error) {
  say({ refused: error.error ?? error.message });
}
