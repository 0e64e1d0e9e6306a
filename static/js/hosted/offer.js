// After a code: the offer of a passkey for this browser. The form goes on to the application, with one or without.
import { countDown } from "./leaving.js";
import { run } from "./making_page.js";
import { data, problemOfStatus } from "./screen.js";

// The job is made when somebody wants a passkey, and not for everybody who sees the page.
async function jobOf() {
  const form = document.querySelector("form[data-onward]");
  let response;
  try {
    response = await fetch(data.beginUrl, { method: "POST", body: new FormData(form) });
  } catch {
    throw { problem: "offline" };
  }
  if (!response.ok) throw { problem: problemOfStatus(response.status) };
  return response.json();
}

run({ jobOf, done: () => countDown(document.querySelector("form[data-onward]")) });
