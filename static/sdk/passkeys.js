// Passkeys as an app sees them, and the choice among them.
import * as kept from "./keys.js";
import { PasskeyError } from "./errors.js";

export const shown = (key) => ({
  id: key.kid,
  passkeyId: key.credentialId,
  keyType: key.webauthnId ? "webauthn" : "software",
  state: "active",
  tenant: { id: key.tenant, displayName: key.names?.tenant ?? "" },
  realm: { id: key.realm, displayName: key.names?.realm ?? "" },
  identity: { id: key.identity, displayName: key.account.display_name, username: key.account.username },
  theme: key.theme ?? {},
  createdAt: new Date(key.createdAt),
});

// The passkey for a request: the one named, the one chosen, or the only one there is. Throws PasskeyError.
export async function chosen(request, choice, signal) {
  const mine = (await kept.all(request.realm)).filter((key) => key.tenant === request.tenant);
  signal?.throwIfAborted();
  if (!mine.length) throw new PasskeyError("no_passkey", "There is no passkey for this organisation in this browser.");
  const id = typeof choice === "function" ? await choice(mine.map(shown)) : choice;
  signal?.throwIfAborted();
  if (id === undefined && mine.length === 1) return mine[0];
  if (id === undefined) throw new PasskeyError("choice_needed", "There are several passkeys to choose from.");
  const found = mine.find((key) => key.kid === id || key.credentialId === id);
  if (!found) throw new PasskeyError("passkey_unknown", "That passkey is not of this organisation, or not in this browser.");
  return found;
}
