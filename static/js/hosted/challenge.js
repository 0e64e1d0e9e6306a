// What a proof on this page answers. It lives five minutes: a page that is left open takes the next one, as it would when it
// is loaded anew.
import { data } from "./screen.js";

const LIFE_MS = 300_000;
const MARGIN_MS = 10_000;
let challenge = data.publicKey?.challenge;
let until = Date.now() + data.challengeSeconds * 1000 - MARGIN_MS;

// After a refusal the answer brings the next one with it.
export function replace(next) {
  challenge = next;
  until = Date.now() + LIFE_MS - MARGIN_MS;
}

export async function fresh() {
  if (Date.now() < until) return challenge;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const next = JSON.parse(page.getElementById("page-data").textContent);
    challenge = next.publicKey.challenge;
    until = Date.now() + next.challengeSeconds * 1000 - MARGIN_MS;
  } catch {
    // No such page any more, or no answer: what the old one proves will be told.
  }
  return challenge;
}

// Resolves when `fresh` would give another one.
export const worn = () => new Promise((resolve) => setTimeout(resolve, until - Date.now()));
