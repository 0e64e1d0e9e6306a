// Copy buttons: the value is in data-copy; the button itself says that it worked.
const SHOWN_MS = 1600;

async function write(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  // Plain http on a local network has no clipboard API.
  const area = Object.assign(document.createElement("textarea"), { value: text, readOnly: true });
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("copy refused");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  event.preventDefault();
  try {
    await write(button.dataset.copy);
  } catch {
    return;
  }
  const name = button.getAttribute("aria-label");
  button.dataset.copied = "";
  button.setAttribute("aria-label", button.dataset.copiedWord);
  clearTimeout(button.timer);
  button.timer = setTimeout(() => {
    delete button.dataset.copied;
    button.setAttribute("aria-label", button.dataset.copyName ?? name);
  }, SHOWN_MS);
  button.dataset.copyName ??= name;
});
