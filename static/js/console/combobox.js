// Type-ahead pickers by keyboard alone: a field that keeps the focus over a list of options (ARIA Authoring Practices,
// "Combobox"). Arrows, Home and End move what is active, Enter takes it, Escape lets go; how many were found is said.
const ACTIVE = "data-active";
let numbered = 0;
let waiting = null; // typed faster than answered: taken when its own answer is there
let kept = -1; // place of what was taken last, for a list that comes back

const listOf = (field) => document.getElementById(field.dataset.combobox);
const inputIn = (option) => option.querySelector("input:is([type=checkbox], [type=radio])");
const optionsOf = (field) => [...(listOf(field)?.querySelectorAll("[data-option]") ?? [])].filter((option) => !option.closest("[hidden]"));
const optionsIn = (option) => [...option.parentElement.querySelectorAll("[data-option]")];
const activeOf = (field) => listOf(field)?.querySelector(`[${ACTIVE}]`);

function mark(option) {
  const input = inputIn(option);
  option.setAttribute("aria-selected", String(input ? input.checked : option.hasAttribute(ACTIVE)));
}

function dress(option) {
  option.id ||= `option-${(numbered += 1)}`;
  option.setAttribute("role", "option");
  if (option.matches("a")) option.tabIndex = -1;
  const input = inputIn(option);
  if (input) input.hidden = true; // its label is what is pressed, the field what has the focus
  option.querySelectorAll("button").forEach((button) => { button.inert = true; });
  mark(option);
}

function structure(list, options) {
  list.querySelectorAll("ul, li, section > h2").forEach((element) => element.setAttribute("role", "none"));
  list.querySelectorAll("section").forEach((section) => {
    section.setAttribute("role", "group");
    section.setAttribute("aria-label", section.querySelector("h2")?.textContent ?? "");
  });
  if (options.some((option) => inputIn(option)?.type === "checkbox")) list.setAttribute("aria-multiselectable", "true");
}

function prepare(field) {
  const list = listOf(field);
  if (!list) return;
  const options = optionsOf(field);
  field.type = "text";
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-expanded", String(options.length > 0));
  if (options.length) {
    field.setAttribute("aria-controls", list.id);
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", field.getAttribute("aria-label"));
    structure(list, options);
  } else {
    for (const name of ["role", "aria-label", "aria-multiselectable"]) list.removeAttribute(name);
    field.removeAttribute("aria-controls");
  }
  options.forEach(dress);
}

function activate(field, option) {
  const before = activeOf(field);
  before?.removeAttribute(ACTIVE);
  if (before) mark(before);
  field.removeAttribute("aria-activedescendant");
  if (!option) return;
  option.setAttribute(ACTIVE, "");
  mark(option);
  field.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function statusOf(field) {
  const there = field.parentElement.querySelector(":scope > [role=status]");
  if (there) return there;
  const status = Object.assign(document.createElement("span"), { className: "visually-hidden" });
  status.setAttribute("role", "status");
  field.parentElement.append(status);
  return status;
}

function tell(field) {
  statusOf(field).textContent = field.value.trim() ? field.dataset.told.replace("#", optionsOf(field).length) : "";
}

function send(option) {
  option.querySelector("button")?.click();
}

function take(field, option) {
  const input = inputIn(option);
  if (option.matches("a")) return option.click();
  if (!input) {
    kept = optionsOf(field).indexOf(option);
    return send(option);
  }
  input.click();
  mark(option);
  if (!field.value) return undefined;
  field.value = "";
  return field.dispatchEvent(new Event("input", { bubbles: true }));
}

function takeFirst(field) {
  const wanted = field.value.trim();
  const found = listOf(field)?.dataset.found;
  waiting = found !== undefined && found !== wanted ? field : null;
  const option = optionsOf(field).find((each) => !inputIn(each)?.checked);
  if (!waiting && option && (wanted || option.matches("a"))) take(field, option);
}

function enter(field) {
  const options = optionsOf(field);
  const active = activeOf(field);
  if (active) take(field, active);
  else if ("takeFirst" in field.dataset) takeFirst(field);
  else if (options.length) activate(field, options[0]);
  else return false;
  return true;
}

function step(field, key) {
  const options = optionsOf(field);
  const at = options.indexOf(activeOf(field));
  if (at < 0 && (key === "Home" || key === "End")) return false; // the caret's own
  const next = { ArrowDown: at + 1, ArrowUp: at < 0 ? options.length - 1 : at - 1, Home: 0, End: options.length - 1 }[key];
  activate(field, options[Math.min(next, options.length - 1)]);
  return true;
}

function letGo(field) {
  if (!activeOf(field)) return false; // the dialog's or the menu's own
  activate(field, null);
  return true;
}

const KEYS = { Enter: enter, Escape: letGo, ArrowDown: step, ArrowUp: step, Home: step, End: step };

function refresh() {
  for (const field of document.querySelectorAll("[data-combobox]")) {
    const isHere = field === document.activeElement;
    prepare(field);
    if (!activeOf(field)) activate(field, isHere ? optionsOf(field)[kept] : null);
    if (isHere) tell(field);
  }
  kept = -1;
  if (waiting && waiting === document.activeElement) takeFirst(waiting);
}

// Before the page's other keys: what is done here is done.
document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.("[data-combobox]");
  if (!field || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key !== "Enter") waiting = null;
  if (event.key === "Tab") activate(field, null);
  if (!KEYS[event.key]?.(field, event.key)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
document.addEventListener("input", (event) => {
  const field = event.target.closest?.("[data-combobox]");
  if (!field) return;
  activate(field, null);
  if ("filterInput" in field.dataset && !field.hasAttribute("hx-get")) {
    prepare(field);
    tell(field);
  }
});
document.addEventListener("change", (event) => {
  const option = event.target.closest?.("[data-option]");
  if (option?.id) optionsIn(option).forEach(mark);
});
document.addEventListener("click", (event) => {
  const option = event.target.closest?.("[data-option]");
  if (option?.id && !event.target.closest("a, button, label")) send(option);
});
document.addEventListener("htmx:afterSwap", refresh);
document.addEventListener("htmx:load", refresh);
refresh();
