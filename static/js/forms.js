// Forms: one submit at a time, a save bar once something changed, a warning before it is lost.
function state(form) {
  return JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value instanceof File ? `${value.name}:${value.size}` : value]));
}

const GUARDED = "form[data-save-bar], form[data-guard]"; // what is typed in them is asked about before it is lost
const kept = new WeakMap();
const leavable = new WeakSet();

function watch(form) {
  if (kept.has(form)) return;
  const isBack = document.querySelector("[data-kept-form]"); // typed before the session was over, and not saved
  kept.set(form, isBack ? "" : state(form));
  if (isBack) form.setAttribute("data-changed", "");
}

function mark(form) {
  watch(form);
  form.toggleAttribute("data-changed", state(form) !== kept.get(form));
}

function prepare(root) {
  if (root.matches?.(GUARDED)) watch(root);
  root.querySelectorAll?.(GUARDED).forEach(watch);
}

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.matches(GUARDED)) mark(form);
});
document.addEventListener("reset", (event) => {
  if (event.target.matches(GUARDED)) setTimeout(() => mark(event.target));
});
document.addEventListener("submit", (event) => {
  // What opens beside this page leaves nothing behind, and may be asked for again.
  if (event.defaultPrevented || event.submitter?.formTarget || event.target.target === "_blank") return;
  leavable.add(event.target);
  const button = event.submitter;
  // After the browser has read the form, else the button's own value would be left out.
  if (button?.classList.contains("button")) setTimeout(() => button.setAttribute("aria-busy", "true"));
});
document.addEventListener("click", (event) => {
  const way = event.target.closest?.("form a.button:not([target])"); // Cancel and Discard mean it
  if (way && !(event.ctrlKey || event.metaKey || event.shiftKey)) leavable.add(way.closest("form"));
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form").forEach((form) => leavable.delete(form)); // back to it, it is typed in again
  document.querySelectorAll("form .button[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
});
window.addEventListener("beforeunload", (event) => {
  for (const form of document.querySelectorAll("form[data-changed]")) {
    if (!leavable.has(form)) event.preventDefault();
  }
});
document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
prepare(document);
// A long form that came back opens at the first error, or at what somebody else changed.
const wrong = document.activeElement === document.body && document.querySelector("main form :is([aria-invalid=true], [data-conflict])");
if (wrong) {
  wrong.focus({ preventScroll: true });
  wrong.scrollIntoView({ block: "center" }); // in the middle, so that what is said below it is seen too
}
// A form that came back, with errors or beside what somebody else saved, still holds what was typed and not saved.
document.querySelectorAll(GUARDED).forEach((form) => {
  if (form.querySelector("[aria-invalid=true], [data-conflict]")) form.setAttribute("data-changed", "");
});
