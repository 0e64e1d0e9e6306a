// Who signed in here before: {display_name, username, address?, passkeys: [credential id]}, newest first, one list for each
// realm. Who has no passkey here has an address, to which a code may go.
// Kept in this browser only and never sent; it saves people a choice, and opens nothing by itself.
const KEPT = 8;

const place = (realm) => `identity-cloud.accounts.${realm}`;
const isAccount = (each) => typeof each?.username === "string" && Array.isArray(each.passkeys) && (each.passkeys.length > 0 || Boolean(each.address));

export function known(realm) {
  try {
    const kept = JSON.parse(localStorage.getItem(place(realm)) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isAccount) : [];
  } catch {
    return [];
  }
}

function keep(realm, accounts) {
  try {
    localStorage.setItem(place(realm), JSON.stringify(accounts.slice(0, KEPT)));
  } catch {
    // Storage may be closed to us; the browser's own passkey list does the same.
  }
}

// `passkey` "": signed in with a code.
export function remember(realm, { display_name, username, address }, passkey) {
  const others = known(realm).filter((each) => each.username !== username);
  const before = known(realm).find((each) => each.username === username);
  const passkeys = [...(passkey ? [passkey] : []), ...(before?.passkeys ?? []).filter((id) => id !== passkey)].slice(0, KEPT);
  keep(realm, [{ display_name, username, address: address ?? before?.address, passkeys }, ...others]);
}

export function forget(realm, username) {
  keep(realm, known(realm).filter((each) => each.username !== username));
}

export function forgetPasskey(realm, passkey) {
  const rest = known(realm).map((each) => ({ ...each, passkeys: each.passkeys.filter((id) => id !== passkey) }));
  keep(realm, rest.filter(isAccount));
}
