// Live parts of a page: [data-poll] asks for itself every two seconds, by htmx, until it comes back without the mark.
// Only while somebody is looking: a page left open must not keep its session awake.
const EVERY_MS = 2000;
const LOOKING_MS = 10 * 60 * 1000;
let seen = Date.now();

for (const type of ["pointermove", "keydown", "scroll", "visibilitychange"]) {
  document.addEventListener(type, () => { seen = Date.now(); }, { passive: true });
}
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.triggeringEvent?.type === "poll") event.detail.headers["X-Background"] = "1";
});
setInterval(() => {
  if (document.hidden || Date.now() - seen > LOOKING_MS || document.querySelector("dialog[open]")) return;
  for (const part of document.querySelectorAll("[data-poll]")) {
    if (!part.querySelector("details.event[open]")) part.dispatchEvent(new Event("poll")); // not under a reader's eyes
  }
}, EVERY_MS);
