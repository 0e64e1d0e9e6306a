// Ctrl or Cmd K finds anything; "g" and a letter goes somewhere; "?" tells of both.
const palette = document.getElementById("palette");
const sheet = document.getElementById("shortcuts");
const field = palette?.querySelector("[data-palette]");
const PLACES = { h: "", i: "identities", a: "applications", p: "policy", e: "events" };
let going = 0;

const typing = (target) => target.matches?.("input, textarea, select, [contenteditable]");
const items = () => [...palette.querySelectorAll(".palette-item")];

function open() {
  if (!palette.open) palette.showModal();
  field.select();
  field.dispatchEvent(new CustomEvent("palette-opened"));
}

function walk(event) {
  const all = items();
  const by = event.key === "ArrowDown" ? 1 : -1;
  const at = all.indexOf(document.activeElement);
  event.preventDefault();
  (at + by < 0 ? field : all[Math.min(at + by, all.length - 1)])?.focus();
}

function go(key) {
  const rail = document.querySelector(".rail-nav .rail-item");
  const base = rail?.pathname.match(/^\/console\/realms\/[0-9a-f]{16}\//)?.[0];
  if (base && key in PLACES) location.assign(base + PLACES[key]);
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return open();
  }
  if (palette?.open) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") return walk(event);
    if (event.key === "Enter" && event.target === field && items()[0]) {
      event.preventDefault();
      return location.assign(items()[0].href);
    }
    return undefined;
  }
  if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return undefined;
  if (event.key === "?") return sheet.showModal();
  if (going && Date.now() - going < 1000) {
    going = 0;
    return go(event.key);
  }
  going = event.key === "g" ? Date.now() : 0;
  return undefined;
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-open-palette]")) open();
});
