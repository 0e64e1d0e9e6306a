// Choosing by keyboard: Enter in the search takes the first that was found, arrows walk the choices, Escape goes back.
const optionsOf = (element) => [...element.closest("fieldset").querySelectorAll(".option > input")];

// Typed faster than answered: it is taken when its own answer is there.
let waiting = null;

function take(search) {
  const wanted = search.value.trim();
  waiting = search.closest("fieldset").querySelector("[data-found]").dataset.found === wanted ? null : search;
  const found = optionsOf(search).find((option) => !option.checked);
  if (!wanted || waiting || !found) return;
  found.click();
  search.value = "";
  search.dispatchEvent(new Event("input", { bubbles: true }));
}

function walk(event, from) {
  const options = optionsOf(from);
  const at = options.indexOf(from) + (event.key === "ArrowDown" || event.key === "ArrowRight" ? 1 : -1);
  const next = at < 0 ? from.closest("fieldset").querySelector("[data-picker]") : options[at];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

document.addEventListener("htmx:afterSwap", () => { if (waiting === document.activeElement) take(waiting); });
document.addEventListener("keydown", (event) => {
  const search = event.target.closest?.("[data-picker]");
  if (search && event.key !== "Enter") waiting = null;
  if (search && event.key === "Enter") {
    event.preventDefault();
    take(search);
  } else if (search && event.key === "ArrowDown") walk(event, search);
  else if (event.target.matches?.('.option > [type="checkbox"]')) {
    if (event.key.startsWith("Arrow")) walk(event, event.target);
    if (event.key === "Escape") event.target.closest("fieldset").querySelector("[data-picker]")?.focus();
  }
});
