// The page on which a passkey is made: the ceremony, the proof to the job's :bind, and on to where the person was going.
import * as accounts from "./accounts.js";
import * as ceremony from "./ceremony.js";
import * as signals from "./signals.js";
import { busy, clear, data, post, problem, problemOfStatus, turnTo } from "./screen.js";

const LEAVES_AFTER_SECONDS = 5;
const button = document.querySelector("[data-create]");
const authorization = { Authorization: `Bearer ${data.token}` };
const collecting = signals.collect(data.signals);
let made = null; // A passkey that the device has and the server may not: it is sent again, not made again.
let sent = 0;

async function create() {
  if (button.getAttribute("aria-busy")) return;
  const began = Date.now();
  clear();
  busy(button, true);
  try {
    if (!made) {
      post(data.infoUrl, undefined, authorization);
      made = await ceremony.make(data.publicKey);
    }
    await bind();
  } catch (error) {
    problem(ceremony.problemOf(error, { took: Date.now() - began, timeout: data.publicKey.timeout }));
  } finally {
    busy(button, false);
  }
}

async function bind() {
  sent += 1;
  const { status, body } = await post(data.bindUrl, { type: "WEBAUTHN", raw: made.raw, signals: await collecting }, authorization);
  if (status === 200) return done(body);
  // The first answer was lost on the way, and the passkey is bound.
  if (status === 409 && sent > 1) return done({});
  const reason = body.details?.[0]?.reason ?? "";
  if (status === 403) {
    ceremony.disown(data.publicKey.rp.id, made.id);
    made = null;
    sent = 0;
    return problem(document.querySelector(`template[data-problem="${reason}"]`) ? reason : "denied", body.message);
  }
  return problem(reason === "link_expired" ? "link_expired" : problemOfStatus(status === 401 ? 410 : status));
}

function done({ display_name, provider_name, binding }) {
  accounts.remember(data.realm, data.account, made.id);
  turnTo("done");
  const kind = display_name ? (binding === "synced" && provider_name ? "synced" : "device") : "plain";
  for (const name of document.querySelectorAll("[data-passkey-name]")) name.textContent = display_name ?? "";
  for (const words of document.querySelectorAll("[data-kept]")) words.hidden = words.dataset.kept !== kind;
  const onward = document.querySelector("[data-onward]");
  if (onward) countDown(onward);
}

function countDown(onward) {
  const waits = document.querySelector("[data-countdown]");
  let left = LEAVES_AFTER_SECONDS;
  const timer = setInterval(() => {
    left -= 1;
    document.querySelector("[data-seconds]").textContent = left;
    if (left > 0) return;
    clearInterval(timer);
    location.assign(onward.href);
  }, 1000);
  document.querySelector("[data-stay]").addEventListener("click", () => {
    clearInterval(timer);
    waits.remove();
    onward.focus();
  });
  onward.addEventListener("click", () => clearInterval(timer));
}

collecting.then((collected) => signals.show(data.signals, collected));
button.addEventListener("click", create);
const stopped = ceremony.obstacle(data.publicKey.rp.id);
if (stopped) {
  problem(stopped);
  button.disabled = true;
}
