// Everything that can go wrong has a code to act on, a message that may be shown, and a remedy for whoever builds the app.
// An aborted call rejects with its signal's own reason, as fetch does, and with none of these.

export class IdentityCloudError extends Error {
  constructor(code, message, { remedy = REMEDIES[code] ?? "", ...facts } = {}) {
    const { cause, ...further } = facts;
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.remedy = remedy;
    Object.assign(this, further); // status, correlationId, retryAfter, url where there are any
  }
}

// The call was wrong: the same call will fail again.
export class UsageError extends IdentityCloudError {}
// This browser, or this page, cannot do it.
export class UnsupportedError extends IdentityCloudError {}
// The link or the request that the app was opened with is not one to act on.
export class LinkError extends IdentityCloudError {}
// No answer came.
export class NetworkError extends IdentityCloudError {}
// An answer came, and it is not one of this protocol.
export class ServerError extends IdentityCloudError {}
// The server understood and said no.
export class DeniedError extends IdentityCloudError {}
// No passkey, or none chosen.
export class PasskeyError extends IdentityCloudError {}
// The person said no, or was too slow: browsers do not tell these apart.
export class CancelledError extends IdentityCloudError {}

const REMEDIES = {
  invalid_options: "Compare the call with the types in identity-cloud.d.ts.",
  not_supported: "Offer another way to sign in. Keys need a secure context (https, or localhost), WebCrypto and IndexedDB.",
  not_able: "Let the person use another device, or ask for { kind: \"software\" }.",
  wrong_address: "A passkey belongs to one host name. Open the app under the name it was bound at, without an IP address.",
  url_not_recognised: "Ask isBindPasskeyUrl and isAuthenticateUrl before you act on a URL.",
  foreign_host: "The URL speaks of another server than the issuer given to initialize. Do not act on it.",
  request_invalid: "Start the sign-in again from the authorization endpoint. Never act on such a request.",
  request_expired: "Start the sign-in again from the authorization endpoint.",
  link_unknown: "Ask for a new link; this one is not complete or was never sent.",
  link_expired: "Ask for a new link.",
  link_used: "There is a passkey already. Sign in, or ask for a new link.",
  link_revoked: "Ask whoever sent the link for a new one.",
  network: "Check the connection; that this page's origin is among the authenticator config's trusted origins; and that the page's content security policy has the issuer's origin in connect-src.",
  server: "Try again. If it stays so, report the correlationId.",
  too_many: "Wait retryAfter seconds before you try again.",
  denied: "The realm's policy or the server said no; its message is for the person, the reason is in the realm's events.",
  one_time_code_needed: "Call authenticateOtp with the same URL and the person's e-mail address.",
  no_passkey: "Send the person a binding link, or offer a one-time code with authenticateOtp.",
  choice_needed: "Pass a passkey's id, or a function that chooses among the passkeys.",
  passkey_unknown: "Take an id from getPasskeys().",
  already_here: "This device holds a passkey of this person. Sign in with it.",
  cancelled: "Offer to try again; nothing was changed.",
};

export const usage = (message) => new UsageError("invalid_options", message);

// The browser's half of WebAuthn says little, and by name (WebAuthn L3 §5.1.3, §5.1.4).
export function ofCeremony(error, signal) {
  if (signal?.aborted) return signal.reason;
  switch (error?.name) {
    case "NotAllowedError":
    case "AbortError": return new CancelledError("cancelled", "The passkey was not used.", { cause: error });
    case "InvalidStateError": return new PasskeyError("already_here", "This device has a passkey for this account already.", { cause: error });
    case "SecurityError": return new UnsupportedError("wrong_address", "Passkeys do not work at this address.", { cause: error });
    case "NotSupportedError":
    case "ConstraintError": return new UnsupportedError("not_able", "This device cannot make such a passkey.", { cause: error });
    default: return error;
  }
}

const OF_LINKS = new Set(["link_unknown", "link_expired", "link_used", "link_revoked"]);

// What a refusal's body says (contract/wire.md §1.1): {code, message, details: [{type: "Refusal", reason}]}.
export function ofAnswer({ status, body, correlationId, retryAfter }) {
  const reason = body?.details?.[0]?.reason ?? "";
  const message = body?.message || `The server answered ${status}.`;
  const facts = { status, correlationId };
  if (OF_LINKS.has(reason)) return new LinkError(reason, message, facts);
  if (status === 409) return new LinkError("link_used", message, facts);
  if (status === 429) return new DeniedError("too_many", message, { ...facts, retryAfter });
  if (status === 404 || status === 410) return new LinkError("request_expired", message, facts);
  if (status === 401) return new LinkError("link_unknown", message, facts);
  if (status === 403) return new DeniedError(reason || "denied", message, { remedy: REMEDIES.denied, ...facts });
  return new ServerError("server", message, facts);
}
