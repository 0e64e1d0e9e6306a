// Rules by drag: the handle takes a rule, dropping it posts its new place through the rule's own move form.
const list = document.querySelector("[data-reorder]");
let held = null;

function over(event) {
  const target = event.target.closest?.("[data-rule]");
  if (!held || !target || target === held) return;
  event.preventDefault();
  const box = target.getBoundingClientRect();
  target.parentNode.insertBefore(held, event.clientY > box.top + box.height / 2 ? target.nextSibling : target);
}

function drop(event) {
  if (!held) return;
  event.preventDefault();
  const place = [...list.querySelectorAll("[data-rule]")].indexOf(held);
  const form = held.querySelector("form[action$='/move']");
  const moved = String(place) !== held.dataset.place;
  end();
  if (!moved) return;
  const to = document.createElement("input");
  Object.assign(to, { type: "hidden", name: "to", value: String(place) });
  form.append(to);
  form.submit();
}

function end() {
  held?.removeAttribute("data-held");
  held = null;
}

// Who moves a rule by keyboard keeps the button under the finger, though the page is a new one.
const USED = "policy-moved";

function remember(event) {
  if (event.submitter?.name === "direction") sessionStorage.setItem(USED, event.submitter.value);
}

function goOn() {
  const used = sessionStorage.getItem(USED);
  sessionStorage.removeItem(USED);
  const buttons = used && location.hash ? [...document.querySelectorAll(`#${CSS.escape(location.hash.slice(1))} [name="direction"]:not(:disabled)`)] : [];
  (buttons.find((button) => button.value === used) ?? buttons[0])?.focus();
}

if (list) {
  list.addEventListener("submit", remember);
  goOn();
  for (const handle of list.querySelectorAll("[data-handle]")) {
    const rule = handle.closest("[data-rule]");
    handle.hidden = false;
    handle.draggable = true;
    handle.addEventListener("dragstart", (event) => {
      held = rule;
      rule.setAttribute("data-held", "");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setDragImage(rule, 20, 20);
    });
    handle.addEventListener("dragend", end);
  }
  list.addEventListener("dragover", over);
  list.addEventListener("drop", drop);
}
