// Runs before the first paint, so that a chosen theme or a folded rail never flashes the other one.
(() => {
  const root = document.documentElement;
  root.dataset.js = "";
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    if (localStorage.getItem("rail") === "folded") root.dataset.rail = "folded";
  } catch {
    // Storage may be closed to us; the system's theme it is.
  }
})();
