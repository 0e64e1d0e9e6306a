// Runs before the first paint, so that a chosen theme, density or folded rail never flashes the other one.
(() => {
  const root = document.documentElement;
  root.dataset.js = "";
  try {
    const theme = localStorage.getItem("theme");
    if (!root.dataset.theme && (theme === "light" || theme === "dark")) root.dataset.theme = theme;
    if (localStorage.getItem("density") === "compact") root.dataset.density = "compact";
    if (localStorage.getItem("rail") === "folded") root.dataset.rail = "folded";
  } catch {
    // Storage may be closed to us; the system's theme it is.
  }
})();
