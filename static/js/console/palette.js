// Ctrl or Cmd K finds anything (combobox.js walks it); "g" and a letter goes somewhere; "?" tells of both.
const palette = document.getElementById("palette");
const sheet = document.getElementById("shortcuts");
const field = palette?.querySelector("[data-palette]");
const PLACES = { h: "", i: "identities", a: "applications", p: "policy", e: "events" };
let going = 0;

const typing = (target) => target.matches?.("input, textarea, select, [contenteditable]");

function open() {
  if (!palette.open) palette.showModal();
  field.select();
  field.dispatchEvent(new CustomEvent("palette-opened"));
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
