// The signed request that a sign-in is opened with (contract/wire.md §3.3): believed only when the issuer's key signed it.
import { fromBase64url, utf8 } from "./bytes.js";
import { LinkError } from "./errors.js";
import { getJson, postForm } from "./http.js";
import { pinned } from "./urls.js";

const LEEWAY_SECONDS = 300; // of this device's clock; that the request is used once is the server's to see to
const JWKS = "/.well-known/jwks.json";
const ALGORITHMS = {
  RS256: [{ name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, { name: "RSASSA-PKCS1-v1_5" }],
  PS256: [{ name: "RSA-PSS", hash: "SHA-256" }, { name: "RSA-PSS", saltLength: 32 }],
  ES256: [{ name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-256" }],
  EdDSA: [{ name: "Ed25519" }, { name: "Ed25519" }],
};

const invalid = (why, facts) => new LinkError("request_invalid", `This sign-in request is not valid: ${why}.`, facts);

// What a sign-in is about: {url, tenant, realm, transaction, nonce, correlationId, redirectUri, state, application, origin, …}.
export async function read(jwt, issuer, signal) {
  const { claims, ahead } = await verified(jwt, issuer, signal);
  if (!claims.introspect_uri) return { ...told(claims, issuer), ahead };
  const headers = claims.correlation_id ? { "X-Correlation-Id": claims.correlation_id } : {};
  const full = await postForm(pinned(claims.introspect_uri, issuer.origin), { token: claims.token }, { headers, signal });
  return { ...told(full.body, issuer), ahead: full.ahead };
}

async function verified(jwt, issuer, signal) {
  const [head, body, signature] = jwt.split(".");
  const header = json(head);
  const [form, algorithm] = ALGORITHMS[header.alg] ?? [];
  if (!form || header.crit || typeof header.kid !== "string" || typeof header.jku !== "string") throw invalid("its header is not one of ours");
  const { key, ahead } = await keyOf(header, form, issuer, signal);
  const right = await crypto.subtle.verify(algorithm, key, bytes(signature), utf8(`${head}.${body}`)).catch(() => false);
  if (!right) throw invalid("its signature is wrong");
  const claims = json(body);
  const moment = (Date.now() + ahead) / 1000;
  if (!(claims.exp > moment - LEEWAY_SECONDS)) throw new LinkError("request_expired", "This sign-in took too long.");
  if (claims.nbf > moment + LEEWAY_SECONDS) throw invalid("it is not valid yet");
  return { claims, ahead };
}

async function keyOf({ jku, kid, alg }, form, issuer, signal) {
  const url = pinned(jku, issuer.origin);
  if (issuer.url ? url !== issuer.url + JWKS : !url.endsWith(JWKS)) throw invalid("its keys are not the issuer's");
  const { body, ahead } = await getJson(url, { signal });
  const jwk = Array.isArray(body.keys) ? body.keys.find((each) => each?.kid === kid) : undefined;
  if (!jwk || (jwk.use ?? "sig") !== "sig" || (jwk.alg ?? alg) !== alg) throw invalid("the issuer has no such key");
  const { kty, crv, n, e, x, y } = jwk;
  try {
    return { key: await crypto.subtle.importKey("jwk", { kty, crv, n, e, x, y }, form, false, ["verify"]), ahead };
  } catch (cause) {
    throw invalid("this browser cannot use the issuer's key", { cause });
  }
}

function told(claims, issuer) {
  const { authn, origin = {} } = claims;
  const prove = authn?.action?.prove;
  if (claims.verb !== "authenticate" || !prove?.transaction_id || !prove.nonce) throw invalid("it asks for nothing that is known here");
  const url = pinned(`${authn.base_url}/v1/tenants/${authn.tid}/realms/${authn.rid}/applications/${authn.aid}`, issuer.origin);
  if (issuer.url && url !== issuer.url) throw invalid("it is of another application");
  return {
    url: `${url}/bi-authenticate`,
    tenant: authn.tid,
    realm: authn.rid,
    transaction: prove.transaction_id,
    nonce: prove.nonce,
    correlationId: claims.cid ?? "",
    redirectUri: authn.redirect_uri,
    state: authn.state,
    loginHint: authn.login_hint,
    application: { id: authn.aid, displayName: authn.application?.display_name ?? "" },
    methods: (authn.authenticator_config?.config?.authentication_methods ?? []).map(({ type }) => type),
    origin: { sourceIp: origin.ip, userAgent: origin.ua, geolocation: origin.geo, referer: origin.ref },
  };
}

function bytes(part) {
  try {
    return fromBase64url(part);
  } catch (cause) {
    throw invalid("it is not base64url", { cause });
  }
}

function json(part) {
  try {
    const found = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes(part)));
    if (found !== null && typeof found === "object") return found;
  } catch (cause) {
    if (cause instanceof LinkError) throw cause;
  }
  throw invalid("it is not JSON");
}
