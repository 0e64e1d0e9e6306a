// What a hosted page shows: one problem at a time, one button at work, and at the end another screen in place of the question.
export const data = JSON.parse(document.getElementById("page-data").textContent);

// Problems are templates in the page, in the reader's language; `message` is what a rule of the realm says. The sentence for
// rules that say nothing stands in the template already.
export function problem(name, message = "") {
  const slot = document.querySelector("[data-problems]");
  const found = document.querySelector(`template[data-problem="${name}"]`) ?? document.querySelector('template[data-problem="broken"]');
  const shown = found.content.cloneNode(true);
  for (const words of shown.querySelectorAll("[data-message]")) {
    if (message && message !== words.dataset.plain) words.textContent = message;
  }
  for (const link of shown.querySelectorAll("[data-right-address]")) link.href = data.origin + location.pathname + location.search;
  slot.replaceChildren(shown);
}

export function clear() {
  document.querySelector("[data-problems]").replaceChildren();
}

export function busy(button, waiting) {
  if (waiting) button.setAttribute("aria-busy", "true");
  else button.removeAttribute("aria-busy");
  document.body.dataset.state = waiting ? "waiting" : "";
}

// Puts <template data-screen="name"> in place of everything below the realm's name, and the reader's place at its start.
export function turnTo(name) {
  const main = document.getElementById("main");
  for (const part of [...main.children]) {
    if (!part.matches(".hosted-brand, template")) part.remove();
  }
  main.append(document.querySelector(`template[data-screen="${name}"]`).content.cloneNode(true));
  const heading = main.querySelector("h1");
  heading.tabIndex = -1;
  heading.focus();
}

// {status, body}; status 0 when there was no answer. A body that is no JSON is {}.
export async function post(url, body, headers = {}) {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: response.status, body: await response.json().catch(() => ({})) };
  } catch {
    return { status: 0, body: {} };
  }
}

// The problem that an answer's bare status stands for.
export function problemOfStatus(status) {
  return { 0: "offline", 404: "over", 409: "over", 410: "over", 429: "too_many" }[status] ?? "broken";
}
