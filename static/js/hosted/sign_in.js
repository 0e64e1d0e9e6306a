// The sign-in page: whom this browser knows, the ceremony, and on to the application.
import * as accounts from "./accounts.js";
import * as ceremony from "./ceremony.js";
import * as signals from "./signals.js";
import { busy, clear, data, post, problem, problemOfStatus } from "./screen.js";

const button = document.querySelector("[data-continue]");
const list = document.querySelector("[data-accounts]");
const rpId = data.publicKey.rpId;
const collecting = signals.collect(data.signals);
let challenge = data.publicKey.challenge;
let running = null;
let leaving = false;

async function signIn(account) {
  if (leaving) return;
  running?.abort();
  const mine = running = new AbortController();
  const began = Date.now();
  clear();
  busy(button, true);
  try {
    const allowCredentials = account?.passkeys.map((id) => ({ type: "public-key", id })) ?? [];
    const proof = await ceremony.sign({ ...data.publicKey, challenge, allowCredentials }, mine.signal);
    await answer(proof);
  } catch (error) {
    const name = ceremony.problemOf(error, { took: Date.now() - began, timeout: data.publicKey.timeout });
    if (running === mine && name) problem(name);
  } finally {
    if (running === mine) rest();
  }
}

function rest() {
  running = null;
  if (leaving) return;
  busy(button, false);
}

async function answer(proof) {
  const { status, body } = await post(data.authenticateUrl, { transaction_id: data.transactionId, proof, signals: await collecting });
  if (body.type === "allow") return leave(proof, body);
  if (body.type !== "deny") return problem(problemOfStatus(status));
  challenge = body.nonce;
  if (body.code === "passkey_unknown") {
    accounts.forgetPasskey(data.realm, proof.id);
    choose();
  }
  return problem(document.querySelector(`template[data-problem="${body.code}"]`) ? body.code : "denied", body.message);
}

function leave(proof, { redirect_url, account }) {
  leaving = true;
  accounts.remember(data.realm, account, proof.id);
  document.querySelector("[data-done]").hidden = false;
  location.assign(redirect_url);
}

function line(account) {
  const shown = document.querySelector("template[data-account]").content.firstElementChild.cloneNode(true);
  const name = account.display_name || account.username;
  const avatar = shown.querySelector(".avatar");
  avatar.textContent = initials(name);
  avatar.className = avatar.className.replace(/hue-\d/, `hue-${hue(account.username)}`);
  shown.querySelector(".account-name").textContent = name;
  shown.querySelector(".account-text").textContent = account.username;
  shown.querySelector(".account").addEventListener("click", () => signIn(account));
  const remove = shown.querySelector("[data-remove]");
  remove.setAttribute("aria-label", remove.getAttribute("aria-label").replace("{name}", name));
  remove.addEventListener("click", () => {
    accounts.forget(data.realm, account.username);
    choose();
    (list.querySelector("[data-remove]") ?? button).focus();
  });
  return shown;
}

const initials = (name) => name.split(/[\s@.]+/).filter(Boolean).filter((_, at, all) => at === 0 || at === all.length - 1).map((word) => [...word][0].toUpperCase()).join("");
const hue = (text) => [...text].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 6007, 7) % 6;

// People known here come first; the button then stands for everybody else.
function choose() {
  const people = accounts.known(data.realm);
  list.replaceChildren(...people.map(line));
  list.hidden = people.length === 0;
  for (const words of document.querySelectorAll("[data-when]")) words.hidden = (words.dataset.when === "known") !== people.length > 0;
  return people;
}

function expected(people) {
  const hinted = data.loginHint.trim().toLowerCase();
  if (hinted) return people.find((each) => each.username.toLowerCase() === hinted);
  return people.length === 1 ? people[0] : undefined;
}

collecting.then((collected) => signals.show(data.signals, collected));
for (const each of document.querySelectorAll("[data-continue]")) each.addEventListener("click", () => signIn());
// Back from the application, an old page would ask an old challenge.
window.addEventListener("pageshow", (event) => event.persisted && location.reload());
const stopped = ceremony.obstacle(rpId);
const person = expected(choose());
if (stopped) {
  problem(stopped);
  button.disabled = true;
} else if (person && data.startsByItself) {
  signIn(person);
}
