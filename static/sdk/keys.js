// Software passkeys at rest: P-256 keys that cannot be read out, in this origin's IndexedDB (contract/extensions.md §5).
import { sha256, toBase64url, utf8 } from "./bytes.js";

const DATABASE = "identity-cloud";
const VERSION = 1;
const STORE = "passkeys";
const P256 = { name: "ECDSA", namedCurve: "P-256" };

// The private half never leaves the browser's own key store: not to the page, not into a backup of its scripts.
export const generate = () => crypto.subtle.generateKey(P256, false, ["sign"]);

// RFC 7638: by this the server finds the passkey that a certificate's key belongs to. Of a kind of key half of these members are
// undefined, and left out.
export async function thumbprint(publicKey) {
  const { crv, e, kty, n, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
  return toBase64url(await sha256(utf8(JSON.stringify({ crv, e, kty, n, x, y }))));
}

// Whether a key can be kept here at all: some private windows have no database, and some databases take no keys.
export async function able() {
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle || !globalThis.indexedDB) return false;
  try {
    await withStore("readonly", (store) => store.count());
    return true;
  } catch {
    return false;
  }
}

export const put = (key) => withStore("readwrite", (store) => store.put(key));

export const get = (kid) => withStore("readonly", (store) => store.get(kid));

export const remove = (kid) => withStore("readwrite", (store) => store.delete(kid));

// Newest first; of one realm, or all.
export async function all(realm) {
  const found = await withStore("readonly", (store) => (realm ? store.index("realm").getAll(realm) : store.getAll()));
  return found.sort((one, other) => other.createdAt - one.createdAt);
}

async function withStore(mode, ask) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: "strict" });
      const request = ask(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, VERSION);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "kid" }).createIndex("realm", "realm");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new DOMException("another tab holds an older database open", "InvalidStateError"));
  });
}
