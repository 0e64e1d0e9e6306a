// The people whom this browser knows, as lines to choose from: those with a passkey of the kind that is asked for, and those
// to whom a code may go.
import * as accounts from "./accounts.js";
import { software } from "./make.js";

const SOFTWARE = "software_passkey";
const list = document.querySelector("[data-accounts]");
const initials = (name) => name.split(/[\s@.]+/).filter(Boolean).filter((_, at, all) => at === 0 || at === all.length - 1).map((word) => [...word][0].toUpperCase()).join("");
const hue = (text) => [...text].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 6007, 7) % 6;

// Passkeys of another kind than `kind` are passed over, and kept: the authenticator may ask for them again some day.
export async function known(realm, kind, byCode) {
  if (kind === SOFTWARE) {
    const keys = await (await software()).known(realm);
    return keys.map((key) => ({ ...key.account, passkeys: [], key }));
  }
  return accounts.known(realm)
    .map((each) => (kind ? each : { ...each, passkeys: [] }))
    .filter((each) => each.passkeys.length || (byCode && each.address));
}

function line(account, { choose, forget }) {
  const shown = document.querySelector("template[data-account]").content.firstElementChild.cloneNode(true);
  const name = account.display_name || account.username;
  const avatar = shown.querySelector(".avatar");
  avatar.textContent = initials(name);
  avatar.className = avatar.className.replace(/hue-\d/, `hue-${hue(account.username)}`);
  shown.querySelector(".account-name").textContent = name;
  shown.querySelector(".account-text").textContent = account.username;
  shown.querySelector(".account").addEventListener("click", () => choose(account));
  const remove = shown.querySelector("[data-remove]");
  remove.setAttribute("aria-label", remove.getAttribute("aria-label").replace("{name}", name));
  remove.addEventListener("click", () => forget(account));
  return shown;
}

// People known here come first; the rest of the page then stands for everybody else.
export function show(people, acts) {
  list.replaceChildren(...people.map((account) => line(account, acts)));
  list.hidden = people.length === 0;
  turn(people.length > 0);
  return people;
}

// Somebody else: the page as for nobody known, with the list above it.
export const ask = () => turn(false);

function turn(known) {
  for (const words of document.querySelectorAll("[data-when]")) words.hidden = (words.dataset.when === "known") !== known;
}

export function expected(people, hint) {
  const hinted = hint.trim().toLowerCase();
  if (hinted) return people.find((each) => [each.username, each.address].some((text) => text?.toLowerCase() === hinted));
  return people.length === 1 ? people[0] : undefined;
}
