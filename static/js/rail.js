// The console's rail: folded to icons by choice, remembered here.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-rail-toggle]");
  if (!button) return;
  const root = document.documentElement;
  const folded = root.dataset.rail !== "folded";
  if (folded) root.dataset.rail = "folded";
  else delete root.dataset.rail;
  button.setAttribute("aria-expanded", String(!folded));
  try {
    localStorage.setItem("rail", folded ? "folded" : "open");
  } catch {
    // Kept for this page only.
  }
});
// On a phone the tabs are wider than the page: the one that is open comes into view.
const tab = document.querySelector(".tabs > [aria-current]");
if (tab) tab.parentElement.scrollLeft += tab.getBoundingClientRect().right - tab.parentElement.getBoundingClientRect().right;
document.querySelectorAll("[data-rail-toggle]").forEach((button) => {
  button.setAttribute("aria-expanded", String(document.documentElement.dataset.rail !== "folded"));
});
