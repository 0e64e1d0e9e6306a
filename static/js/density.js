// How close rows stand in the console: chosen in the person's menu, kept by this browser.
const root = document.documentElement;

function show() {
  const current = root.dataset.density ?? "comfortable";
  for (const button of document.querySelectorAll("[data-density-choice]")) {
    button.setAttribute("aria-checked", String(button.dataset.densityChoice === current));
  }
}

document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-density-choice]")?.dataset.densityChoice;
  if (!choice) return;
  if (choice === "compact") root.dataset.density = choice;
  else delete root.dataset.density;
  try {
    localStorage.setItem("density", choice);
  } catch {
    // Kept for this page only.
  }
  show();
});
show();
