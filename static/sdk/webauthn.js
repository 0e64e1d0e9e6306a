// Passkeys that the browser and its device keep (WebAuthn L3), in the words of contract/wire.md §3.2 and §3.4.
import { fromBase64url, sha256, toBase64url, utf8 } from "./bytes.js";
import { ofCeremony } from "./errors.js";
import { thumbprint } from "./keys.js";

// What the server verifies and every browser's WebCrypto can name. Windows Hello has devices whose keys are RSA.
const ALGORITHMS = [
  { alg: -7, name: "ES256", form: { name: "ECDSA", namedCurve: "P-256" } },
  { alg: -257, name: "RS256", form: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } },
];
const CLAIMS_SECONDS = 300;

// Whether this device itself can keep a passkey and ask the person for finger, face or PIN.
export async function able() {
  if (!globalThis.isSecureContext || !globalThis.PublicKeyCredential) return false;
  return PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().catch(() => false);
}

export const subjectOf = ({ identity, realm, tenant }) => `CN=${identity}, OU=${realm}, O=${tenant}`;

// {raw, kid, alg, webauthnId, transports}. `known` are the ids of this person's passkeys that this browser remembers.
export async function make(job, { realmName, username, displayName, known, anyDevice }, signal) {
  const publicKey = {
    challenge: utf8(JSON.stringify({ sub: subjectOf(job), token: job.token })),
    rp: { id: location.hostname, name: realmName },
    user: { id: await sha256(utf8(`${job.tenant}:${job.realm}:${job.identity}`)), name: username, displayName },
    pubKeyCredParams: ALGORITHMS.map(({ alg }) => ({ type: "public-key", alg })),
    excludeCredentials: known.map((id) => ({ type: "public-key", id: fromBase64url(id) })),
    authenticatorSelection: {
      residentKey: "preferred", userVerification: "required", ...(anyDevice ? {} : { authenticatorAttachment: "platform" }),
    },
    attestation: "direct",
  };
  const made = await navigator.credentials.create({ publicKey, signal }).catch((error) => {
    throw ofCeremony(error, signal);
  });
  const { clientDataJSON, attestationObject } = made.response;
  const transports = made.response.getTransports?.() ?? [];
  const raw = { client_data_json_base64: toBase64url(clientDataJSON), attestation_object: toBase64url(attestationObject), transports };
  const { name: alg, form } = ALGORITHMS.find((each) => each.alg === made.response.getPublicKeyAlgorithm());
  const key = await crypto.subtle.importKey("spki", made.response.getPublicKey(), form, true, ["verify"]);
  return { raw: JSON.stringify(raw), kid: await thumbprint(key), alg, webauthnId: made.id, transports };
}

// The claim's value: the challenge itself names the passkey, the place and the transaction.
export async function sign(passkey, request, nonce, signal) {
  const publicKey = {
    challenge: utf8(JSON.stringify({ header: { alg: passkey.alg ?? "ES256", kid: passkey.kid }, claims: claims(passkey, request, nonce) })),
    rpId: location.hostname,
    allowCredentials: [{ type: "public-key", id: fromBase64url(passkey.webauthnId), transports: passkey.transports }],
    userVerification: "required",
  };
  const signed = await navigator.credentials.get({ publicKey, signal }).catch((error) => {
    throw ofCeremony(error, signal);
  });
  const { authenticatorData, clientDataJSON, signature } = signed.response;
  return JSON.stringify({
    authenticator_data: toBase64url(authenticatorData), client_data: toBase64url(clientDataJSON), signature: toBase64url(signature),
  });
}

function claims(passkey, request, nonce) {
  const now = Math.floor((Date.now() + request.ahead) / 1000);
  return {
    iss: "identity-cloud.js",
    sub: subjectOf(passkey),
    aud: [request.url],
    iat: now,
    nbf: now - CLAIMS_SECONDS,
    exp: now + CLAIMS_SECONDS,
    jti: crypto.randomUUID(),
    bi_tid: request.transaction,
    bi_non: nonce,
    bi_prf: "W10=",
    bi_pol_ver: "v3",
    flow_type: "embedded",
    pub_key_cred_id: passkey.webauthnId,
  };
}

// A passkey that the server does not know would be offered for ever; the device may tidy it away (WebAuthn L3 §5.1.10).
export async function disown(credentialId) {
  try {
    await PublicKeyCredential.signalUnknownCredential?.({ rpId: location.hostname, credentialId });
  } catch {
    // Then it stays, and does no harm.
  }
}
