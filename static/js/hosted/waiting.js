// Two devices wait for each other: the page asks how it stands, renews its code, and is loaded anew when something happened.
const EVERY_MS = 2000;
const QUIET_MS = 10000; // In a tab that nobody looks at.

// `url` answers {state}; the page is loaded anew as soon as that is not `state`.
export function follow(url, state, id = "") {
  async function ask() {
    try {
      const response = await fetch(url, { headers: { Accept: "application/json" } });
      if (response.status === 401) return location.reload();
      if (response.ok) {
        const now = await response.json();
        if (now.state !== state || (id && now.id !== id)) return location.replace(location.pathname);
      }
    } catch {
      // No answer now; the next time there may be one.
    }
    setTimeout(ask, document.hidden ? QUIET_MS : EVERY_MS);
  }
  setTimeout(ask, EVERY_MS);
}

// Counts the shown code down, and fetches the next one in its place.
export function countDown() {
  const shown = document.querySelector("[data-code]");
  if (!shown) return;
  const until = Date.now() + Number(shown.dataset.seconds) * 1000;
  const line = shown.querySelector("[data-countdown-line]");
  const timer = setInterval(() => {
    const left = Math.max(0, Math.round((until - Date.now()) / 1000));
    const words = shown.querySelector("[data-left]");
    if (words) words.textContent = left;
    if (line) line.hidden = false;
    if (left > 0 || document.hidden) return;
    clearInterval(timer);
    renew(shown);
  }, 500);
}

async function renew(shown) {
  const form = shown.querySelector("[data-renew]");
  try {
    const response = await fetch(form.getAttribute("action"), { method: "POST", body: new FormData(form) });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const next = page.querySelector("[data-code]");
    if (!next) return location.replace(location.pathname);
    shown.replaceWith(document.adoptNode(next));
    countDown();
  } catch {
    form.classList.remove("without-js"); // The button asks again.
  }
}
