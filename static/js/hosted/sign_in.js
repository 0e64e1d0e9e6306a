// The sign-in page: whom this browser knows, the ceremony or a certificate, and on to the application.
import * as accounts from "./accounts.js";
import * as ceremony from "./ceremony.js";
import * as challenge from "./challenge.js";
import { kindHere, protectionOf, software } from "./make.js";
import * as people from "./people.js";
import { busy, clear, data, post, problem, problemOfStatus } from "./screen.js";
import * as signals from "./signals.js";

const WEBAUTHN = "webauthn_passkey";
const SOFTWARE = "software_passkey";
const buttons = [...document.querySelectorAll("[data-continue]")];
const form = document.querySelector("[data-address-form]");
const collecting = signals.collect(data.signals);
const audience = location.origin + data.authenticateUrl;
let kind = "";
let running = null;
let leaving = false;

// `ask(signal)` gives {proof, id, key?}; whatever ran before it stops.
async function attempt(ask, { quiet = false } = {}) {
  if (leaving) return;
  running?.abort();
  const mine = running = new AbortController();
  const began = Date.now();
  if (!quiet) {
    clear();
    for (const button of buttons) busy(button, true);
  }
  try {
    await answer(await ask(mine.signal));
  } catch (error) {
    const name = ceremony.problemOf(error, { took: Date.now() - began, timeout: data.publicKey.timeout });
    if (running === mine && name && !quiet) problem(name);
  } finally {
    if (running === mine) rest(quiet);
  }
}

function rest(quiet) {
  running = null;
  if (leaving) return;
  for (const button of buttons) busy(button, false);
  if (!quiet) offerWhileTyping();
}

async function withDevice(signal, account, mediation) {
  const allowCredentials = account?.passkeys.map((id) => ({ type: "public-key", id })) ?? [];
  const asked = { ...data.publicKey, challenge: await challenge.fresh(), allowCredentials };
  const proof = await ceremony.sign(asked, signal, mediation);
  return { proof, id: proof.id };
}

async function withKey(key) {
  const asked = { audience, transaction: data.transactionId, nonce: await challenge.fresh() };
  const certificate = await (await software()).certificate(key, asked);
  return { proof: { type: "X509", certificate }, id: key.kid, key };
}

// Any passkey: of a phone or security key too, or the only key of this browser.
async function signInWithAny() {
  if (kind !== SOFTWARE) return attempt((signal) => withDevice(signal));
  const keys = await (await software()).known(data.realm);
  return keys.length ? signInAs({ key: keys[0] }) : problem("no_key");
}

function signInAs(account) {
  if (account.key) return attempt(() => withKey(account.key));
  if (account.passkeys.length) return attempt((signal) => withDevice(signal, account));
  form.elements.email.value = account.address;
  return form.requestSubmit();
}

async function answer({ proof, id, key }) {
  const told = { ...await collecting, key_protection: protectionOf(key ? SOFTWARE : WEBAUTHN) };
  signals.show(data.signals, told);
  const { status, body } = await post(data.authenticateUrl, { transaction_id: data.transactionId, proof, signals: told });
  if (body.type === "allow") return leave(id, key, body);
  if (body.type !== "deny") return problem(problemOfStatus(status));
  challenge.replace(body.nonce);
  if (body.code === "challenge_expired") return problem("timed_out");
  if (body.code === "passkey_unknown") {
    if (key) await (await software()).forget(key.kid);
    else accounts.forgetPasskey(data.realm, id);
    await choose();
  }
  return problem(document.querySelector(`template[data-problem="${body.code}"]`) ? body.code : "denied", body.message);
}

function leave(id, key, { redirect_url, account }) {
  leaving = true;
  if (!key) accounts.remember(data.realm, account, id);
  document.querySelector("[data-done]").hidden = false;
  location.assign(redirect_url);
}

// Passkeys in the address field's own list, as long as nothing else is asked for.
async function offerWhileTyping() {
  if (!form || leaving || running || kind !== WEBAUTHN || !await ceremony.offersWhileTyping(data.rpId)) return;
  if (running) return;
  attempt((signal) => withDevice(signal, undefined, "conditional"), { quiet: true });
  const mine = running;
  await challenge.worn();
  if (running !== mine) return;
  running.abort();
  running = null;
  offerWhileTyping();
}

async function choose() {
  return people.show(await people.known(data.realm, kind, Boolean(form)), {
    choose: signInAs,
    forget: async (account) => {
      if (account.key) await (await software()).forget(account.key.kid);
      else accounts.forget(data.realm, account.username);
      await choose();
      (document.querySelector("[data-remove]") ?? buttons[0] ?? form?.elements.email)?.focus();
    },
  });
}

async function begin() {
  kind = await kindHere(data.kinds, data.rpId);
  collecting.then((all) => signals.show(data.signals, { ...all, key_protection: protectionOf(kind) }));
  const person = people.expected(await choose(), data.loginHint);
  for (const button of buttons) button.disabled = !kind;
  if (!kind && data.kinds.length) {
    if (!form) problem(ceremony.obstacle(data.rpId) || "unsupported");
  } else if (person && data.startsByItself && (person.key || person.passkeys.length)) {
    signInAs(person);
  } else {
    offerWhileTyping();
  }
}

for (const button of buttons) button.addEventListener("click", signInWithAny);
const another = document.querySelector("[data-other-address]");
another?.addEventListener("click", () => {
  people.ask();
  form.elements.email.focus();
});
another?.removeAttribute("disabled");
form?.addEventListener("submit", () => running?.abort());
// Back from the application, an old page would ask an old challenge.
window.addEventListener("pageshow", (event) => event.persisted && location.reload());
begin();
