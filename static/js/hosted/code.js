// The digits: as they are pasted, sent by themselves when all are there; and the wait before another code may be asked for.
import * as accounts from "./accounts.js";
import { data } from "./screen.js";
import * as signals from "./signals.js";

const DIGITS = 6;
const form = document.querySelector("[data-code-form]");
const resend = document.querySelector("[data-resend]");

if (form) {
  const field = form.elements.code;
  const collecting = signals.collect(data.signals);
  collecting.then((all) => {
    signals.show(data.signals, all);
    form.elements.signals.value = data.signals.length ? JSON.stringify(all) : "";
  });
  let sending = false;
  form.addEventListener("submit", (event) => {
    if (sending) return event.preventDefault();
    sending = true;
    if (data.remembers) accounts.remember(data.realm, data.remembers, "");
    form.querySelector("button").setAttribute("aria-busy", "true");
  });
  async function sendWhole() {
    const digits = field.value.replace(/\D/g, "").slice(0, DIGITS);
    if (/^[\d\s-]*$/.test(field.value) && digits.length === DIGITS) {
      field.value = digits;
      await collecting.catch(() => {});
      if (!sending) form.requestSubmit();
    }
  }
  field.addEventListener("input", sendWhole);
  sendWhole(); // What was filled in before this ran.
  // Back from the next page, an old one would send what was used.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
}

if (resend && data.resendAfter > 0) {
  const wait = document.querySelector("[data-wait]");
  const until = Date.now() + data.resendAfter * 1000;
  resend.hidden = true;
  wait.hidden = false;
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    wait.querySelector("[data-seconds]").textContent = left;
    if (left > 0) return setTimeout(tick, 250);
    wait.hidden = true;
    resend.hidden = false;
  };
  tick();
}
