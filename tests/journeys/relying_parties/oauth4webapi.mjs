// A relying party on npm's oauth4webapi, which checks every answer by the letter. Configured by ISSUER, CLIENT_ID, CLIENT_SECRET, PORT.
// GET /sign-in goes to the provider and wants its answer posted; POST /callback shows as JSON what the library made of it.
import http from "node:http";
import * as oauth from "oauth4webapi";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT } = process.env;
const home = `http://localhost:${PORT}`;
const redirect_uri = `${home}/callback`;
const insecure = { [oauth.allowInsecureRequests]: true }; // the provider under test listens on http://localhost
const issuer = new URL(ISSUER);
const provider = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: "oidc", ...insecure }));
const client = { client_id: CLIENT_ID };
const authentication = oauth.ClientSecretBasic(CLIENT_SECRET);

let pending = null;

async function signIn(query) {
  pending = { verifier: oauth.generateRandomCodeVerifier(), state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce() };
  const url = new URL(provider.authorization_endpoint);
  const asked = {
    client_id: CLIENT_ID,
    redirect_uri,
    response_type: "code",
    response_mode: "form_post",
    scope: "openid profile email",
    claims: JSON.stringify({ id_token: { given_name: { essential: true } } }),
    code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: "S256",
    state: pending.state,
    nonce: pending.nonce,
    ...Object.fromEntries(query),
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  return { location: url.href };
}

async function callback(form) {
  const answer = oauth.validateAuthResponse(provider, client, form, pending.state); // iss and state
  const response = await oauth.authorizationCodeGrantRequest(provider, client, authentication, answer, redirect_uri, pending.verifier, insecure);
  const tokens = await oauth.processAuthorizationCodeResponse(provider, client, response, { expectedNonce: pending.nonce, requireIdToken: true });
  await oauth.validateApplicationLevelSignature(provider, response, insecure);
  const claims = oauth.getValidatedIdTokenClaims(tokens);
  const told = await oauth.userInfoRequest(provider, client, tokens.access_token, insecure);
  const userinfo = await oauth.processUserInfoResponse(provider, client, claims.sub, told);
  return { body: { claims, userinfo, scope: tokens.scope } };
}

async function posted(request) {
  let text = "";
  for await (const part of request) text += part;
  return new URLSearchParams(text);
}

async function answer(request) {
  const url = new URL(request.url, home);
  if (url.pathname === "/sign-in") return signIn(url.searchParams);
  if (url.pathname === "/callback" && request.method === "POST") return callback(await posted(request));
  return { body: {} };
}

async function serve(request, response) {
  const told = (error) => ({ body: { refused: { name: error.name, error: error.error ?? null, description: error.error_description ?? error.message } } });
  const { location, body } = await answer(request).catch(told);
  if (location) return response.writeHead(302, { location }).end();
  return response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" }).end(JSON.stringify(body, null, 2));
}

http.createServer(serve).listen(Number(PORT), "127.0.0.1", () => console.log("ready"));
