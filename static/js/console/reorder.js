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

if (list) {
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
