// Dialogs and menus: native <dialog> and <details>, with what browsers leave out.
const KNOWS_COMMANDS = "commandForElement" in HTMLButtonElement.prototype;

function obey(button) {
  const dialog = document.getElementById(button.getAttribute("commandfor"));
  if (!(dialog instanceof HTMLDialogElement)) return;
  if (button.getAttribute("command") === "show-modal" && !dialog.open) dialog.showModal();
  if (button.getAttribute("command") === "close") dialog.close();
}

// A dangerous button wakes up only when the very words are typed. The server asks again.
function weigh(input) {
  const button = input.form.querySelector(".dialog-actions [type=submit]");
  if (button) button.disabled = input.value !== input.dataset.typed;
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}

function prepare(root) {
  root.querySelectorAll?.("input[data-typed]").forEach(weigh);
  root.querySelectorAll?.("dialog[data-open-now]:not([open])").forEach((dialog) => dialog.showModal());
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[commandfor]");
  if (button && !KNOWS_COMMANDS) obey(button);
  if (event.target instanceof HTMLDialogElement) {
    // A press on the backdrop reaches the dialog itself, outside of its box.
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside && event.detail > 0) event.target.close();
  }
  closeMenus(event.target.closest(".menu-panel .menu-item") ? null : event.target);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
  event.stopPropagation();
});
document.addEventListener("input", (event) => {
  if (event.target.matches?.("input[data-typed]")) weigh(event.target);
});
document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
document.addEventListener("close-dialogs", () => document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close()));
prepare(document);
