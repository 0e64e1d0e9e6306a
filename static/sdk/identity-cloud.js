// The Identity Cloud SDK for web apps: bind passkeys and sign in with them, in pages of your own. Documented in docs/sdk.md,
// typed in identity-cloud.d.ts. No state but the instance's, and the passkeys in this origin's IndexedDB.
import * as errors from "./errors.js";
import { getJson, postForm, postJson } from "./http.js";
import { mint } from "./certificate.js";
import * as codes from "./one_time_codes.js";
import * as kept from "./keys.js";
import { chosen, shown } from "./passkeys.js";
import * as requests from "./request.js";
import * as signals from "./signals.js";
import * as urls from "./urls.js";
import * as webauthn from "./webauthn.js";

export {
  CancelledError, DeniedError, IdentityCloudError, LinkError, NetworkError, PasskeyError, ServerError, UnsupportedError, UsageError,
} from "./errors.js";
export const version = "1.0.0";

const ROUNDS = 3; // the request asks once, and a server may ask again

export const initialize = (options) => IdentityCloud.initialize(options);

export class IdentityCloud {
  #issuer;
  #told;

  // Throws UsageError, UnsupportedError. `signals: false` tells nothing about the browser; policies may then refuse it.
  static async initialize(options) {
    const cloud = new IdentityCloud(options);
    if (!(await kept.able())) throw new errors.UnsupportedError("not_supported", "This page cannot keep passkeys.");
    return cloud;
  }

  constructor({ issuer, signals: tells = true } = {}) {
    this.#issuer = urls.issuerFrom(issuer);
    this.#told = tells ? signals.collect().catch(() => ({})).then((told) => ({ ...told, authenticator_version: version })) : Promise.resolve({});
  }

  // What is sent about this browser with every proof, to show the person before the first.
  whatIsCollected() {
    return this.#told.then((told) => ({ ...told }));
  }

  isBindPasskeyUrl(url) {
    return urls.bindingFrom(url) !== null;
  }

  isAuthenticateUrl(url) {
    return urls.requestFrom(url) !== "";
  }

  async getPasskeys() {
    return (await kept.all()).map(shown);
  }

  // Here alone: the server keeps the credential until it is revoked there. Deleting what is not there is done already.
  async deletePasskey(id) {
    const key = await kept.get(id);
    await kept.remove(id);
    if (key?.webauthnId) await webauthn.disown(key.webauthnId);
  }

  async bindPasskey(url, { kind, signal } = {}) {
    if (!["webauthn", "software", "security_key", undefined].includes(kind)) throw errors.usage("kind is webauthn, software or security_key.");
    const job = await this.#job(url, signal);
    const headers = { Authorization: `Bearer ${job.token}` };
    const { body: info, ahead } = await postJson(`${job.url}:getInfo`, {}, { headers, signal });
    const made = await this.#made(kind ?? (await bestKind(info)), job, info, ahead, signal);
    const proof = { type: made.type, raw: made.raw, signals: await this.#told };
    const credentialId = await bound(`${job.url}:bind`, proof, { headers, signal }).catch((error) => undo(made.key, error));
    const key = { ...made.key, credentialId };
    await kept.put(key);
    return { passkey: shown(key), postBindingRedirectUri: info.post_binding_redirect_uri };
  }

  async getAuthenticationContext(url, { signal } = {}) {
    const { url: authUrl, methods, application, origin, loginHint } = await this.#request(url, signal);
    return { authUrl, authMethods: methods, application, origin, loginHint };
  }

  // `choice`: a passkey's id, or a function that is given the passkeys and returns an id or a promise of one.
  async authenticate(url, choice, { signal } = {}) {
    const request = await this.#request(url, signal);
    const key = await chosen(request, choice, signal);
    return this.#answered(request, (nonce) => claim(key, request, nonce, signal), signal);
  }

  async authenticateOtp(url, email, { signal } = {}) {
    if (typeof email !== "string" || !email.includes("@")) throw errors.usage("email must be an e-mail address.");
    const request = await this.#request(url, signal);
    return this.#controlled(url, { ...request, email }, { control: "email_otp_initiate" }, signal);
  }

  // {redirectUrl, …} when the code was right, {url} to try another with when it was not.
  async redeemOtp(url, otp, { signal } = {}) {
    const request = codes.resumed(urls.stateFrom(url), this.#issuer);
    return this.#controlled(url, request, { control: "otp_redeem", otp: String(otp).trim() }, signal);
  }

  // A new link for whoever has just redeemed a code, to bind a passkey with.
  async getBindingLink(passkeyBindingToken, { signal } = {}) {
    if (!this.#issuer.url) throw errors.usage("initialize with the application's issuer to ask it for a link.");
    const headers = { Authorization: `Bearer ${passkeyBindingToken}` };
    const { body } = await postJson(`${this.#issuer.url}/credential-binding-jobs`, {}, { headers, signal });
    return body.credential_binding_link;
  }

  async #job(url, signal) {
    const found = urls.bindingFrom(url);
    if (!found) throw new errors.LinkError("url_not_recognised", "This is not a binding link.");
    const fields = found.fields ?? (await getJson(urls.pinned(found.link, this.#issuer.origin), { signal })).body;
    return urls.jobFrom(fields, this.#issuer.origin);
  }

  async #made(kind, job, info, ahead, signal) {
    const { display_name: displayName = "", traits = {} } = info.identity ?? {};
    const about = {
      tenant: job.tenant, realm: job.realm, identity: job.identity, createdAt: Date.now(),
      account: { display_name: displayName, username: traits.username ?? "" },
      names: { tenant: info.tenant?.display_name ?? "", realm: info.realm?.display_name ?? "" },
      theme: themeOf(info.theme),
    };
    if (kind === "software") {
      const keys = await kept.generate();
      const raw = await mint(keys, job, { audience: `${job.url}:bind`, transaction: job.job, nonce: job.token }, Date.now() + ahead);
      return { type: "X509", raw, key: { ...about, kid: await kept.thumbprint(keys.publicKey), keys } };
    }
    const known = (await kept.all(job.realm)).filter((key) => key.webauthnId && key.identity === job.identity);
    const person = { realmName: about.names.realm, username: about.account.username, displayName, known: known.map((key) => key.webauthnId) };
    const { raw, ...own } = await webauthn.make(job, { ...person, anyDevice: kind === "security_key" }, signal);
    return { type: "WEBAUTHN", raw, key: { ...about, ...own } };
  }

  async #request(url, signal) {
    const request = urls.requestFrom(url);
    if (!request) throw new errors.LinkError("url_not_recognised", "This is not a URL to sign in with.");
    return requests.read(request, this.#issuer, signal);
  }

  async #controlled(url, request, control, signal) {
    const answer = await this.#posted(request, { Jwt: codes.message(request, request.nonce, request.email, control) }, signal);
    if (answer.type === "allow") return allowed(request, answer);
    if (answer.type === "continue") return { url: codes.url(url, { ...request, transaction: answer.transaction_id ?? request.transaction, nonce: answer.nonce }) };
    throw refused(request, answer);
  }

  async #answered(request, claimFor, signal) {
    let { nonce } = request;
    for (let round = 0; round < ROUNDS; round += 1) {
      const answer = await this.#posted(request, await claimFor(nonce), signal);
      if (answer.type === "allow") return allowed(request, answer);
      if (answer.type !== "prove") throw refused(request, answer);
      nonce = answer.nonce;
    }
    throw new errors.ServerError("server", "The server asked for too many proofs.", { correlationId: request.correlationId });
  }

  async #posted(request, claims, signal) {
    const fields = { claims: JSON.stringify(claims), signals: JSON.stringify(await this.#told), transaction_id: request.transaction };
    const headers = request.correlationId ? { "X-Correlation-Id": request.correlationId } : {};
    return (await postForm(request.url, fields, { headers, signal })).body;
  }
}

async function claim(key, request, nonce, signal) {
  if (key.webauthnId) return { WebAuthn: await webauthn.sign(key, request, nonce, signal) };
  return { X509: await mint(key.keys, key, { audience: request.url, transaction: request.transaction, nonce }, Date.now() + request.ahead) };
}

function allowed({ redirectUri, state }, { code, message, redirect_url: whole, passkey_binding_token: passkeyBindingToken }) {
  const target = new URL(whole ?? redirectUri);
  if (!whole) {
    target.searchParams.set("code", code);
    if (state !== undefined) target.searchParams.set("state", state);
  }
  return { redirectUrl: target.href, message, passkeyBindingToken };
}

function refused({ correlationId }, { type, message }) {
  if (type === "continue") return new errors.DeniedError("one_time_code_needed", message ?? "A one-time code is needed.", { correlationId });
  if (type === "deny") return new errors.DeniedError("denied", message ?? "Access was denied.", { correlationId });
  return new errors.ServerError("server", `The server answered "${type}".`, { correlationId });
}

// The credential's id. When no answer came the same proof is sent again, and "used" then means that the first arrived.
async function bound(url, proof, options) {
  try {
    return (await postJson(url, proof, options)).body.id;
  } catch (error) {
    if (!(error instanceof errors.NetworkError)) throw error;
  }
  try {
    return (await postJson(url, proof, options)).body.id;
  } catch (error) {
    if (error.code === "link_used") return "";
    throw error;
  }
}

// A passkey that was made and then refused is of no use to anybody.
async function undo(key, error) {
  if (key.webauthnId && error instanceof errors.DeniedError) await webauthn.disown(key.webauthnId);
  throw error;
}

// The first of the authenticator's methods that this browser can do; without a list, the device's own before software.
async function bestKind({ authenticator_config: { config = {} } = {} }) {
  const listed = (config.authentication_methods ?? []).map(({ type }) => type);
  const wanted = listed.filter((type) => type === "webauthn_passkey" || type === "software_passkey");
  const device = await webauthn.able();
  for (const type of wanted.length ? wanted : ["webauthn_passkey", "software_passkey"]) {
    if (type === "software_passkey") return "software";
    if (device) return "webauthn";
  }
  throw new errors.UnsupportedError("not_able", "This device has no passkeys of its own, and no other kind is accepted.");
}

const themeOf = (theme = {}) => ({ logoUrlLight: theme.logo_url_light, logoUrlDark: theme.logo_url_dark, supportUrl: theme.support_url });
