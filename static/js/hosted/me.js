// The person's own page: shows what is collected, and tells the browser which passkeys still work and what they are called
// (WebAuthn L3 §5.1.10). It is told of this person's alone: a passkey of another realm is nobody's business here.
import * as signals from "./signals.js";
import { data } from "./screen.js";

async function tell({ rpId, userId, name, displayName, allAcceptedCredentialIds }) {
  const browser = window.PublicKeyCredential;
  if (location.hostname !== rpId) return;
  try {
    await browser?.signalAllAcceptedCredentials?.({ rpId, userId, allAcceptedCredentialIds });
    await browser?.signalCurrentUserDetails?.({ rpId, userId, name, displayName });
  } catch {
    // A browser that cannot be told goes on offering what no longer works; the sign-in page says so then.
  }
}

if (data.passkeys) tell(data.passkeys);
if (data.signals) signals.collect(data.signals).then((collected) => signals.show(data.signals, collected));
