// What the page tells about the browser: exactly what the server's list names, shown before it is sent.
import { collect as found } from "../../sdk/signals.js";

export async function collect(listed) {
  const told = await found();
  return Object.fromEntries(listed.map(({ name, value }) => [name, value ?? told[name] ?? ""]));
}

// Fills the list of "What we collect" with the values themselves.
export function show(listed, collected) {
  const list = document.querySelector("[data-signals]");
  if (!list) return;
  list.replaceChildren(...listed.map(({ name, label, words }) => {
    const inWords = [collected[name]].flat().map((code) => words?.[code] ?? code).join(", ");
    const line = document.createElement("div");
    line.append(document.createElement("dt"), document.createElement("dd"));
    line.firstChild.textContent = label;
    line.lastChild.textContent = inWords || "–";
    return line;
  }));
}
