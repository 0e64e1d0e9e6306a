// The browser's half of WebAuthn: options in, results out (WebAuthn L3 §5.1.8, §5.1.9), and names for what went wrong.
import { fromBase64url, toBase64url } from "./base64url.js";

const described = (list) => list?.map((known) => ({ ...known, id: fromBase64url(known.id) }));

// Why no ceremony can work on this page at all, or "".
export function obstacle(rpId) {
  if (!window.isSecureContext) return "insecure";
  if (!window.PublicKeyCredential || !navigator.credentials?.create) return "unsupported";
  return location.hostname === rpId ? "" : "wrong_address";
}

export async function make(options, signal) {
  const publicKey = {
    ...options,
    challenge: fromBase64url(options.challenge),
    user: { ...options.user, id: fromBase64url(options.user.id) },
    excludeCredentials: described(options.excludeCredentials),
  };
  const made = await navigator.credentials.create({ publicKey, signal });
  return {
    id: made.id,
    raw: JSON.stringify({
      client_data_json_base64: toBase64url(made.response.clientDataJSON),
      attestation_object: toBase64url(made.response.attestationObject),
      transports: made.response.getTransports?.() ?? [],
    }),
  };
}

// Whether the device itself checks that it is its owner.
export const checksPeople = () => PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().catch(() => false);

// Whether passkeys can be offered in a field while somebody types.
export const offersWhileTyping = async (rpId) => !obstacle(rpId) && Boolean(await PublicKeyCredential.isConditionalMediationAvailable?.());

// `mediation` "conditional": offered in a field, and waits until one is chosen there.
export async function sign(options, signal, mediation) {
  const publicKey = {
    ...options,
    challenge: fromBase64url(options.challenge),
    allowCredentials: described(options.allowCredentials),
  };
  const signed = await navigator.credentials.get({ publicKey, signal, ...(mediation ? { mediation } : {}) });
  const { clientDataJSON, authenticatorData, signature, userHandle } = signed.response;
  return {
    id: signed.id,
    rawId: toBase64url(signed.rawId),
    type: signed.type,
    response: {
      clientDataJSON: toBase64url(clientDataJSON),
      authenticatorData: toBase64url(authenticatorData),
      signature: toBase64url(signature),
      ...(userHandle ? { userHandle: toBase64url(userHandle) } : {}),
    },
  };
}

// Browsers hide whether a person said no, was too slow, or had nothing to sign with: all three are NotAllowedError.
export function problemOf(error, { took, timeout }) {
  switch (error?.name) {
    case "NotAllowedError": return took >= timeout - 1000 ? "timed_out" : "cancelled";
    case "InvalidStateError": return "already_here";
    case "ConstraintError": return "no_device_check";
    case "NotSupportedError": return "not_able";
    case "SecurityError": return "wrong_address";
    case "AbortError": return "";
    default: return "broken";
  }
}

// A passkey that was made and then refused would be offered for ever; the device may tidy it away.
export async function disown(rpId, credentialId) {
  try {
    await PublicKeyCredential.signalUnknownCredential?.({ rpId, credentialId });
  } catch {
    // Then it stays, and does no harm.
  }
}
