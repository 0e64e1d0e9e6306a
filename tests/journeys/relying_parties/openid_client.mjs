// A relying party on npm's openid-client, as its documentation shows it. Configured by ISSUER, CLIENT_ID, CLIENT_SECRET, PORT.
// GET /sign-in goes to the provider, /callback shows as JSON what the library made of the answer, /sign-in?hold=1 waits
// with redeeming until GET /redeem, and GET /redeem-again presents the same code and verifier a second time.
import http from "node:http";
import * as client from "openid-client";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT } = process.env;
const home = `http://localhost:${PORT}`;
const redirect_uri = `${home}/callback`;
const insecure = { execute: [client.allowInsecureRequests] }; // the provider under test listens on http://localhost
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, insecure);
client.enableNonRepudiationChecks(config); // verify the ID token's signature against the provider's keys

let pending = null;
let answered = null;
let tokens = null;

async function signIn(query) {
  pending = { verifier: client.randomPKCECodeVerifier(), state: client.randomState(), nonce: client.randomNonce(), hold: query.has("hold") };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: "openid profile email",
    code_challenge: await client.calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: "S256",
    state: pending.state,
    nonce: pending.nonce,
    ...(query.has("prompt") ? { prompt: query.get("prompt") } : {}),
  });
  return { location: url.href };
}

async function callback(url) {
  answered = url;
  return pending.hold ? { body: { held: true } } : redeem();
}

async function redeem() {
  const checks = { pkceCodeVerifier: pending.verifier, expectedState: pending.state, expectedNonce: pending.nonce, idTokenExpected: true };
  tokens = await client.authorizationCodeGrant(config, answered, checks);
  const claims = tokens.claims();
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  return { body: { claims, userinfo, scope: tokens.scope, expires_in: tokens.expires_in, asked: { state: pending.state, nonce: pending.nonce }, answer: Object.fromEntries(answered.searchParams) } };
}

async function redeemAgain() {
  const error = await redeem().then(() => null, told);
  const headers = { authorization: `Bearer ${tokens.access_token}` };
  const { status } = await fetch(config.serverMetadata().userinfo_endpoint, { headers });
  return { body: { error, userinfo_status: status } };
}

const told = (error) => ({ name: error.name, error: error.error ?? null, description: error.error_description ?? error.message, status: error.status ?? null });
const pages = { "/sign-in": (url) => signIn(url.searchParams), "/callback": callback, "/redeem": redeem, "/redeem-again": redeemAgain };

async function answer(request, response) {
  const url = new URL(request.url, home);
  const page = pages[url.pathname];
  const { location, body } = page ? await page(url).catch((error) => ({ body: { refused: told(error) } })) : { body: {} };
  if (location) return response.writeHead(302, { location }).end();
  return response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" }).end(JSON.stringify(body, null, 2));
}

http.createServer(answer).listen(Number(PORT), "127.0.0.1", () => console.log("ready"));
