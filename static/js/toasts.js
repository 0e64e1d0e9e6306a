// Toasts: those the page came with, and those an answer announces in HX-Trigger {"toast": {"text", "tone"}}.
const STAY_MS = 6000;

function leave(toast) {
  toast.dataset.leaving = "";
  setTimeout(() => toast.remove(), 160);
}

function watch(toast) {
  // What went wrong stays until it is read; the rest goes by itself, unless someone is looking at it.
  if (toast.dataset.tone === "danger") return;
  let timer;
  const start = () => { timer = setTimeout(() => leave(toast), STAY_MS); };
  const stop = () => clearTimeout(timer);
  toast.addEventListener("pointerenter", stop);
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusin", stop);
  toast.addEventListener("focusout", start);
  start();
}

// What has the focus is under no toast (WCAG 2.2, 2.4.11).
function uncover() {
  const focused = document.activeElement;
  if (!focused || focused === document.body || focused.closest("#toasts")) return;
  for (const toast of document.querySelectorAll("#toasts .toast")) {
    const [over, under] = [toast.getBoundingClientRect(), focused.getBoundingClientRect()];
    if (over.top >= under.bottom || over.bottom <= under.top || over.left >= under.right || over.right <= under.left) continue;
    const isAtTop = over.top < innerHeight / 2;
    scrollBy(0, isAtTop ? under.top - over.bottom - 8 : under.bottom - over.top + 8);
  }
}

export function show({ text, tone = "info" }) {
  const list = document.getElementById("toasts");
  const template = document.querySelector(`template[data-toast="${tone}"]`) ?? document.querySelector("template[data-toast=info]");
  if (!list || !template || !text) return;
  const toast = template.content.firstElementChild.cloneNode(true);
  toast.querySelector("[data-text]").textContent = text;
  list.append(toast);
  watch(toast);
  uncover();
}

document.addEventListener("toast", (event) => show(event.detail));
document.addEventListener("htmx:sendError", () => show({ text: document.body.dataset.offline, tone: "danger" }));
document.addEventListener("htmx:responseError", (event) => {
  // A refusal brings its own toast; only a bare failure needs ours.
  if (!event.detail.xhr.getResponseHeader("HX-Trigger")) show({ text: document.body.dataset.failed, tone: "danger" });
});
document.addEventListener("click", (event) => {
  const toast = event.target.closest("[data-dismiss]")?.closest(".toast");
  if (toast) leave(toast);
});
document.addEventListener("focusin", () => requestAnimationFrame(uncover));
document.querySelectorAll("#toasts .toast").forEach(watch);
