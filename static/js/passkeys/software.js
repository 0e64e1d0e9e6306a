// Software passkeys for our own pages: a key that stays in this browser, and a fresh certificate for every proof.
// A Key is {kid, credentialId, tenant, realm, identity, account: {display_name, username}}; its two halves are in `keys`.
import { mint } from "../../sdk/certificate.js";
import * as kept from "../../sdk/keys.js";

let ahead = null; // Milliseconds that the server's clock is ahead of this one.

export const supported = kept.able;

// Made, and not kept yet: until the server has bound it, there is nothing to keep.
export async function create({ tenant, realm, identity }) {
  const keys = await kept.generate();
  const kid = await kept.thumbprint(keys.publicKey);
  return { kid, credentialId: "", tenant, realm, identity, account: { display_name: "", username: "" }, keys, createdAt: Date.now() };
}

export async function keep(key, credentialId, { display_name, username }) {
  const whole = { ...key, credentialId, account: { display_name, username } };
  await kept.put(whole);
  return whole;
}

// Newest first. An app with the SDK on this very origin may keep others beside them, whose keys are the device's.
export const known = async (realm) => (await kept.able() ? (await kept.all(realm)).filter((key) => key.keys) : []);

// Base64 of the DER. `now`, in milliseconds, is the server's time where the page knows it (`serverTime` of an answer); where
// it does not, the server is asked once: many a device's clock is off by more than a certificate lives.
export async function certificate(key, { audience, transaction, nonce, now }) {
  return mint(key.keys, key, { audience, transaction, nonce }, now ?? (await (ahead ??= asked())) + Date.now());
}

export const forget = kept.remove;

// Milliseconds, by the Date of an answer that was not kept by a cache (RFC 9110 §6.6.1); undefined where it tells none.
export function serverTime(response) {
  const told = Date.parse(response.headers.get("Date") ?? "");
  return Number.isNaN(told) ? undefined : told;
}

async function asked() {
  try {
    return (serverTime(await fetch("/healthz", { method: "HEAD", cache: "no-store" })) ?? Date.now()) - Date.now();
  } catch {
    return 0;
  }
}
