// Signing in by a code in an e-mail (contract/wire.md §3.5). The messages are not signed; the server ties code and nonce.
import { fromBase64url, toBase64url, utf8 } from "./bytes.js";
import { LinkError } from "./errors.js";
import { pinned, resumeUrl } from "./urls.js";

const LIVES_SECONDS = 300;
const KEPT = ["url", "tenant", "realm", "transaction", "nonce", "correlationId", "redirectUri", "state", "email"];
const encoded = (value) => toBase64url(utf8(JSON.stringify(value)));

// A JWT without a signature, whose subject is an address.
export function message(request, nonce, email, control) {
  const now = Math.floor((Date.now() + request.ahead) / 1000);
  const claims = {
    iss: "identity-cloud.js",
    sub: `MAIL=${email}, OU=${request.realm}, O=${request.tenant}`,
    aud: [request.url],
    iat: now,
    nbf: now - LIVES_SECONDS,
    exp: now + LIVES_SECONDS,
    jti: crypto.randomUUID(),
    bi_tid: request.transaction,
    bi_non: nonce,
    bi_prf: "W10=",
    bi_pol_ver: "v3",
    flow_type: "embedded",
    authentication_control: control,
  };
  return `${encoded({ alg: "none" })}.${encoded(claims)}.`;
}

// Where the sign-in goes on: the app's own URL with all that redeemOtp needs, so that a reload loses nothing.
export const url = (from, request) => resumeUrl(from, encoded(Object.fromEntries([...KEPT, "ahead"].map((name) => [name, request[name]]))));

// The state was in a URL: nothing in it is believed but where it is posted to, and that only at the issuer. Throws LinkError.
export function resumed(state, issuer) {
  let found;
  try {
    found = JSON.parse(new TextDecoder().decode(fromBase64url(state)));
  } catch (cause) {
    throw new LinkError("url_not_recognised", "This is not a sign-in that can go on.", { cause });
  }
  const whole = KEPT.every((name) => name === "state" || typeof found?.[name] === "string");
  if (!whole) throw new LinkError("url_not_recognised", "This is not a sign-in that can go on.");
  const target = pinned(found.url, issuer.origin);
  if (issuer.url && target !== `${issuer.url}/bi-authenticate`) throw new LinkError("foreign_host", "This sign-in is of another application.");
  return { ...found, ahead: Number(found.ahead) || 0 };
}
