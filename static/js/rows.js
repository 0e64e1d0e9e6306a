// Tables and lists by keyboard: arrows walk the rows, "/" goes to the search, a list filters as one types.
function step(link, by) {
  const links = [...link.closest("[data-rows]").querySelectorAll(".row-link")];
  links[links.indexOf(link) + by]?.focus();
}

function filter(input) {
  const list = input.closest("[data-filter-list]");
  if (!list) return; // the server looks for what is typed there
  const wanted = input.value.trim().toLowerCase();
  let found = 0;
  for (const item of list.querySelectorAll("[data-filter-text]")) {
    item.hidden = !item.dataset.filterText.includes(wanted);
    found += item.hidden ? 0 : 1;
  }
  list.querySelectorAll("[data-filter-none]").forEach((words) => { words.hidden = found > 0; });
}

function walk(event, panel) {
  const items = [...panel.querySelectorAll("input, .menu-item")].filter((item) => item.checkVisibility?.() ?? true);
  const next = items[items.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

document.addEventListener("keydown", (event) => {
  const arrow = event.key === "ArrowDown" || event.key === "ArrowUp";
  const panel = arrow && event.target.closest?.(".menu[open]");
  if (panel) return walk(event, panel);
  if (arrow && event.target.matches?.("[data-rows] .row-link")) {
    event.preventDefault();
    step(event.target, event.key === "ArrowDown" ? 1 : -1);
  }
  if (event.key === "/" && !event.target.matches?.("input, textarea, select, [contenteditable]")) {
    const search = document.querySelector("main [data-search]");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  }
});
document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-filter-input]")) filter(event.target);
});
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details.menu[open]")) event.target.querySelector("[data-filter-input]")?.focus();
}, true);
