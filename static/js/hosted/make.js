// Making a passkey, whichever page it is on: with the device, or as a key of this browser; then the proof to the job's :bind.
import * as accounts from "./accounts.js";
import * as ceremony from "./ceremony.js";
import { data, post, problemOfStatus } from "./screen.js";

// With all that it takes to make a certificate: fetched only where such keys are asked for.
export const software = () => import("../passkeys/software.js");

const WEBAUTHN = "webauthn_passkey";
const SOFTWARE = "software_passkey";

// The first of the kinds that this browser can make, or "". A device that cannot check who it is has the other kind made,
// where there is one; alone, WebAuthn may still use a phone or a security key.
export async function kindHere(kinds, rpId) {
  for (const kind of kinds) {
    if (kind === SOFTWARE && await (await software()).supported().catch(() => false)) return kind;
    if (kind === WEBAUTHN && !ceremony.obstacle(rpId) && (!kinds.includes(SOFTWARE) || await ceremony.checksPeople())) return kind;
  }
  return kinds.includes(WEBAUTHN) && !ceremony.obstacle(rpId) ? WEBAUTHN : "";
}

export const protectionOf = (kind) => ({ [WEBAUTHN]: "device", [SOFTWARE]: "browser" }[kind] ?? "none");

// What the device has now and the server may not: it is sent again, not made again. Throws what ceremonies throw.
export async function make(job, kind) {
  if (kind === WEBAUTHN) {
    const { id, raw } = await ceremony.make(job.publicKey);
    return { type: "WEBAUTHN", id, raw, rpId: job.publicKey.rp.id };
  }
  const { create, certificate } = await software();
  const key = await create({ tenant: job.tenant, realm: job.realm, identity: job.identity });
  const audience = location.origin + job.bindUrl;
  return { type: "X509", id: "", key, raw: await certificate(key, { audience, transaction: job.jobId, nonce: job.token }) };
}

// {passkey} when it is bound, {problem, message, spoilt} when not; `again`: the same was sent before.
export async function bind(job, made, signals, again) {
  const { status, body } = await post(job.bindUrl, { type: made.type, raw: made.raw, signals }, { Authorization: `Bearer ${job.token}` });
  // 409 to what was sent before: the first answer was lost on the way, and the passkey is bound.
  if (status === 200 || (status === 409 && again)) return { passkey: await keep(job, made, status === 200 ? body : {}) };
  const reason = body.details?.[0]?.reason ?? "";
  if (status === 403) {
    if (made.rpId) ceremony.disown(made.rpId, made.id);
    return { problem: document.querySelector(`template[data-problem="${reason}"]`) ? reason : "denied", message: body.message, spoilt: true };
  }
  return { problem: reason === "link_expired" ? "link_expired" : problemOfStatus(status === 401 ? 410 : status) };
}

async function keep(job, made, passkey) {
  if (made.key) await (await software()).keep(made.key, passkey.id ?? "", job.account);
  else accounts.remember(job.realm, job.account, made.id);
  return { ...passkey, kind: made.key ? "software" : passkey.binding };
}

// The mark of who keeps it, in the text's own colour; nothing for one that has none.
function mark(aaguid) {
  const drawing = data.providerIcons?.[aaguid];
  if (!drawing) return [];
  const shown = document.createElement("span");
  shown.className = "provider-mark";
  shown.style.maskImage = `url("${drawing}")`;
  return [shown];
}

// Says where it is kept, in the line of the done screen that fits.
export function tell({ display_name, provider_name, kind, aaguid }) {
  const line = !display_name ? "plain" : kind === "software" ? "software" : kind === "synced" && provider_name ? "synced" : "device";
  for (const name of document.querySelectorAll("[data-passkey-name]")) name.replaceChildren(...mark(aaguid), display_name ?? "");
  for (const words of document.querySelectorAll("[data-kept]")) words.hidden = words.dataset.kept !== line;
}
