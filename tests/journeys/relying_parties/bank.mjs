// A relying party on npm's openid-client that trusts keys alone: private_key_jwt, pushed requests and DPoP, as FAPI 2.0 has
// them. Its keys are made when it starts and live in this process; the provider finds the public half at GET /jwks.
// Configured by ISSUER, CLIENT_ID, PORT. GET /sign-in goes to the provider, /sign-in?signed=1 with a signed request object;
// /callback shows as JSON what the library made of the answer, /refresh does it once more with the refresh token, and
// /stolen what the provider says to somebody else who has the access token.
import http from "node:http";
import { webcrypto as crypto } from "node:crypto";
import * as client from "openid-client";

const { ISSUER, CLIENT_ID, PORT } = process.env;
const home = `http://localhost:${PORT}`;
const redirect_uri = `${home}/callback`;
const algorithm = { name: "ECDSA", namedCurve: "P-256" };
const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
const jwk = { ...(await crypto.subtle.exportKey("jwk", pair.publicKey)), kid: "bank-1", alg: "ES256", use: "sig", key_ops: undefined };
const signer = { key: pair.privateKey, kid: "bank-1" };
const insecure = { execute: [client.allowInsecureRequests] }; // the provider under test listens on http://localhost
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, client.PrivateKeyJwt(signer), insecure);
client.enableNonRepudiationChecks(config);
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));

let pending = null;
let tokens = null;

async function signIn(query) {
  pending = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(), expectedNonce: client.randomNonce(), idTokenExpected: true };
  let parameters = {
    redirect_uri,
    scope: "openid email",
    code_challenge: await client.calculatePKCECodeChallenge(pending.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: pending.expectedState,
    nonce: pending.expectedNonce,
  };
  if (query.has("signed")) {
    const signed = await client.buildAuthorizationUrlWithJAR(config, parameters, signer);
    parameters = { request: signed.searchParams.get("request") };
  }
  return { location: (await client.buildAuthorizationUrlWithPAR(config, parameters, { DPoP })).href };
}

async function show() {
  const claims = tokens.claims();
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub, { DPoP });
  const introspection = await client.tokenIntrospection(config, tokens.access_token);
  return { body: { claims, userinfo, introspection, token_type: tokens.token_type, thumbprint: await DPoP.calculateThumbprint() } };
}

async function callback(url) {
  tokens = await client.authorizationCodeGrant(config, url, pending, undefined, { DPoP });
  return show();
}

async function refresh() {
  const before = tokens.refresh_token;
  tokens = await client.refreshTokenGrant(config, before, undefined, { DPoP });
  return { body: { ...(await show()).body, rotated: tokens.refresh_token !== undefined && tokens.refresh_token !== before } };
}

async function stolen() {
  const endpoint = config.serverMetadata().userinfo_endpoint;
  const plain = await fetch(endpoint, { headers: { authorization: `Bearer ${tokens.access_token}` } });
  const thief = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
  const other = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP: thief }).then(() => null, (error) => error.status ?? error.message);
  return { body: { bearer: plain.status, challenge: plain.headers.get("www-authenticate"), other } };
}

const told = (error) => ({ name: error.name, error: error.error ?? null, description: error.error_description ?? error.message, cause: String(error.cause ?? ""), status: error.status ?? null });
const pages = { "/sign-in": (url) => signIn(url.searchParams), "/callback": callback, "/refresh": refresh, "/stolen": stolen, "/jwks": async () => ({ body: { keys: [jwk] } }) };

async function answer(request, response) {
  const url = new URL(request.url, home);
  const page = pages[url.pathname];
  const { location, body } = page ? await page(url).catch((error) => ({ body: { refused: told(error) } })) : { body: {} };
  if (location) return response.writeHead(302, { location }).end();
  return response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" }).end(JSON.stringify(body, null, 2));
}

http.createServer(answer).listen(Number(PORT), "127.0.0.1", () => console.log("ready"));
