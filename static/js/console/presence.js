// The warning before the session ends, and the way to the page that says so. The server keeps the time: this asks it before it
// warns and before it leaves, for another tab may have been busy. Typing counts as being there; what a page asks by itself does not.
const WARN_MS = 120_000;
const TELL_MS = 300_000;
const dialog = document.getElementById("presence");
const form = dialog.querySelector("form");
const channel = new BroadcastChannel("console-presence");
let endsAt, canStay, toldAt, asking = false, touchedAt = 0, warnedFor = 0;

function learn(seconds, staying) {
  endsAt = Date.now() + seconds * 1000;
  canStay = staying;
  toldAt = Date.now();
  for (const part of dialog.querySelectorAll("[data-when-staying]")) part.hidden = !canStay;
  for (const part of dialog.querySelectorAll("[data-when-ending]")) part.hidden = canStay;
  if (endsAt - Date.now() > WARN_MS && dialog.open) dialog.close();
}

async function ask(method) {
  if (asking) return;
  asking = true;
  try {
    const body = method === "POST" ? new FormData(form) : undefined;
    const answer = await fetch("/console/presence", { method, body, redirect: "manual", headers: { "X-Background": "1" } });
    if (answer.ok) {
      const told = await answer.json();
      learn(told.ends_in, told.can_stay);
      channel.postMessage(told);
    } else if (answer.type === "opaqueredirect" || answer.status === 401) leave();
  } catch {
    toldAt = Date.now(); // No answer from the server: the next tick asks again.
  } finally {
    asking = false;
  }
}

function isTyped({ type, value, defaultValue, checked, defaultChecked, options }) {
  if (options) return [...options].some((option) => option.selected !== option.defaultSelected);
  if (type === "checkbox" || type === "radio") return checked !== defaultChecked;
  return type !== "hidden" && defaultValue !== undefined && value !== defaultValue;
}

// Kept on the server for whose session it was, so that nobody has to type it again. Secrets and files are not.
async function keep() {
  const typed = [...document.querySelectorAll("main form[method=post]")].find((each) => [...each.elements].some(isTyped));
  if (!typed) return null;
  const body = new FormData(typed);
  for (const [name, value] of [...body]) if (value instanceof File || typed.elements[name]?.type === "password") body.delete(name);
  try {
    const answer = await fetch("/console/kept-forms", { method: "POST", body, headers: { "HX-Current-URL": location.href } });
    return answer.ok ? (await answer.json()).url : null;
  } catch {
    return null;
  }
}

async function leave() {
  const url = await keep();
  // What is on the screen is nobody's to read any more, so nothing may hold the page back.
  for (const changed of document.querySelectorAll("form[data-changed]")) changed.removeAttribute("data-changed");
  location.replace(url ?? `/console/over?next=${encodeURIComponent(location.pathname + location.search)}`);
}

function warn(left) {
  const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  for (const part of dialog.querySelectorAll("[data-left]")) part.textContent = text;
  if (dialog.open || warnedFor === endsAt) return;
  if (!canStay) warnedFor = endsAt; // Said once: what is being saved is not interrupted every second.
  dialog.showModal();
}

function tick() {
  const now = Date.now();
  const left = endsAt - now;
  if (canStay && touchedAt > toldAt && now - toldAt > TELL_MS && !dialog.open) ask("POST");
  else if (left <= 0) ask("GET");
  else if (left <= WARN_MS && !dialog.open && now - toldAt > WARN_MS && warnedFor !== endsAt) ask("GET");
  else if (left <= WARN_MS) warn(Math.ceil(left / 1000));
}

for (const type of ["keydown", "pointerdown"]) {
  document.addEventListener(type, (event) => { if (event.isTrusted) touchedAt = Date.now(); }, { passive: true });
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask("POST");
});
dialog.addEventListener("cancel", (event) => {
  event.preventDefault(); // Escape is somebody being there.
  if (canStay) ask("POST");
  else dialog.close();
});
channel.addEventListener("message", ({ data }) => learn(data.ends_in, data.can_stay));
document.addEventListener("visibilitychange", tick);
learn(Number(dialog.dataset.endsIn), "canStay" in dialog.dataset);
channel.postMessage({ ends_in: Number(dialog.dataset.endsIn), can_stay: canStay });
setInterval(tick, 1000);
