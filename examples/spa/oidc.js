// The authorization code flow with PKCE (RFC 6749 §4.1, RFC 7636) for a page without a server. Tokens stay in memory: who
// reloads signs in again, and a script that got in finds nothing in storage.
const PENDING = "bistro.pending";
const REDIRECT_URI = `${location.origin}/callback`;

const base64url = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

export async function begin({ issuer, client_id }) {
  const [verifier, state, nonce] = [random(), random(), random()];
  sessionStorage.setItem(PENDING, JSON.stringify({ verifier, state, nonce }));
  const challenge = base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
  const query = new URLSearchParams({
    response_type: "code", client_id, redirect_uri: REDIRECT_URI, scope: "openid", state, nonce,
    code_challenge: challenge, code_challenge_method: "S256",
  });
  location.assign(`${issuer}/authorize?${query}`);
}

// The token endpoint's answer. Throws for whatever this page did not begin (RFC 9700 §4.7, RFC 9207).
export async function finish({ issuer, client_id }) {
  const told = new URLSearchParams(location.search);
  const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? "{}");
  sessionStorage.removeItem(PENDING);
  history.replaceState(null, "", "/");
  if (told.get("error")) throw new Error(told.get("error_description") ?? told.get("error"));
  if (!pending.state || told.get("state") !== pending.state) throw new Error("This sign-in was not begun here.");
  if (told.get("iss") && told.get("iss") !== issuer) throw new Error("This answer is of another issuer.");
  const form = { grant_type: "authorization_code", code: told.get("code"), redirect_uri: REDIRECT_URI, client_id, code_verifier: pending.verifier };
  const tokens = await post(`${issuer}/token`, form);
  if (payload(tokens.id_token).nonce !== pending.nonce) throw new Error("This answer is of another sign-in.");
  return tokens;
}

export async function whoAmI({ issuer }, { access_token }) {
  const response = await fetch(`${issuer}/userinfo`, { headers: { Authorization: `Bearer ${access_token}` } });
  if (!response.ok) throw new Error(`userinfo answered ${response.status}`);
  return response.json();
}

export const end = ({ issuer, client_id }, { access_token }) => post(`${issuer}/revoke`, { token: access_token, client_id });

async function post(url, form) {
  const response = await fetch(url, { method: "POST", body: new URLSearchParams(form) });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error_description ?? body.error ?? `${url} answered ${response.status}`);
  return body;
}

// It came from the token endpoint over TLS, which vouches for it (OpenID Connect Core §3.1.3.7, point 6).
export function payload(jwt) {
  const part = jwt.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0))));
}
