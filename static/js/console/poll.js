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

// Nothing changes under a reader's eyes, or a dialog's feet: not by an answer either that was asked for before it opened.
const isRead = (part) => document.querySelector("dialog[open]") || part.querySelector("details.event[open]");

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.requestConfig.triggeringEvent?.type === "poll" && isRead(detail.target)) detail.shouldSwap = false;
});
setInterval(() => {
  if (document.hidden || Date.now() - seen > LOOKING_MS) return;
  for (const part of document.querySelectorAll("[data-poll]")) if (!isRead(part)) part.dispatchEvent(new Event("poll"));
}, EVERY_MS);
