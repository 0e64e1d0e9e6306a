// The frame beside a form shows what is typed: at once, and again when typing rests. Each time in a frame of its own, so
// that the way back does not lead through them. The bar above it says what is shown, how wide and in which colours.
const button = document.querySelector("button[formtarget=preview]");
const preview = document.querySelector("[data-preview]");
let waiting;

function chosen(name) {
  return preview.querySelector(`input[name="preview-${name}"]:checked`)?.value ?? "";
}

function show() {
  const frame = preview.querySelector("iframe");
  frame.replaceWith(frame.cloneNode());
  const asked = new URLSearchParams({ shown: chosen("shown"), scheme: chosen("scheme") });
  button.formAction = `${preview.dataset.preview}?${asked}`;
  button.form.requestSubmit(button);
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(show, 600);
}

// Before htmx sends it: the server would refuse it by its length alone, and could not say so in the form.
function refuseLarge(event) {
  const input = event.target;
  const said = input.dataset?.mostBytes && input.closest(".field").querySelector("[data-too-large]");
  if (!said) return;
  const isTooLarge = input.files[0]?.size > Number(input.dataset.mostBytes);
  said.hidden = !isTooLarge;
  if (!isTooLarge) return;
  event.stopImmediatePropagation();
  input.value = "";
}

if (button && preview) {
  document.addEventListener("change", refuseLarge, { capture: true });
  button.form.addEventListener("input", soon);
  // What the server put into the form is as good as typed.
  button.form.addEventListener("htmx:load", (event) => {
    event.detail.elt.querySelector?.("input:not([type=file])")?.dispatchEvent(new Event("input", { bubbles: true }));
  });
  preview.addEventListener("change", (event) => {
    if (event.target.name === "preview-width") preview.querySelector("[data-width]").dataset.width = event.target.value;
    else show();
  });
  if (matchMedia("(max-width: 640px)").matches) {
    preview.querySelector('input[name="preview-width"][value="phone"]').checked = true;
    preview.querySelector("[data-width]").dataset.width = "phone";
  }
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = document.documentElement.dataset.theme ?? (isDark ? "dark" : "light");
  preview.querySelector(`input[name="preview-scheme"][value="${theme}"]`).checked = true;
  show();
}
