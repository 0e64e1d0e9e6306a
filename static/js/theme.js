// The theme button: system, light, dark, and round again.
const ORDER = ["system", "light", "dark"];
const root = document.documentElement;

const current = () => root.dataset.theme ?? "system";

function label() {
  for (const button of document.querySelectorAll("[data-theme-toggle]")) {
    const words = button.getAttribute(`data-label-${current()}`);
    button.setAttribute("aria-label", words);
    button.title = words;
  }
}

function choose(theme) {
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // Kept for this page only.
  }
  label();
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-toggle]")) return;
  choose(ORDER[(ORDER.indexOf(current()) + 1) % ORDER.length]);
});
label();
