// The page of the device that is signed in: what waits is followed, and approved with a proof over this very addition.
import * as accounts from "./accounts.js";
import * as ceremony from "./ceremony.js";
import * as challenge from "./challenge.js";
import * as signals from "./signals.js";
import { countDown, follow } from "./waiting.js";
import { busy, clear, data, post, problem, problemOfStatus } from "./screen.js";

const WAITS = ["OPEN", "CLAIMED", "APPROVED", "BINDING"];
const button = document.querySelector("[data-approve]");
const collecting = signals.collect(data.signals);

// The key that this browser holds itself, if it is this person's; otherwise the device's passkeys are asked.
async function ownKey() {
  const software = await import("../passkeys/software.js"); // Large, and few need it.
  if (!(await software.supported())) return {};
  return { software, key: (await software.known(data.realm)).find((each) => each.identity === data.account.identity) };
}

async function sign() {
  const { software, key } = await ownKey();
  const remembered = accounts.known(data.realm).find((each) => each.username === data.account.username)?.passkeys ?? [];
  const here = data.publicKey.allowCredentials.some((each) => remembered.includes(each.id));
  if (key && !here) {
    const asked = { audience: data.audience, transaction: data.id, nonce: await challenge.fresh() };
    return { type: "X509", certificate: await software.certificate(key, asked) };
  }
  return ceremony.sign({ ...data.publicKey, challenge: await challenge.fresh() });
}

async function approve() {
  if (button.getAttribute("aria-busy")) return;
  const began = Date.now();
  clear();
  busy(button, true);
  try {
    const csrf = document.querySelector("[name=csrfmiddlewaretoken]").value;
    const body = { addition_id: data.id, proof: await sign(), signals: await collecting };
    answer(await post(data.approveUrl, body, { "X-CSRFToken": csrf }));
  } catch (error) {
    problem(ceremony.problemOf(error, { took: Date.now() - began, timeout: data.publicKey.timeout }));
  } finally {
    busy(button, false);
  }
}

function answer({ status, body }) {
  if (body.type === "allow") return location.replace(location.pathname);
  if (body.type !== "deny") return problem(problemOfStatus(status));
  challenge.replace(body.nonce);
  if (body.code === "challenge_expired") return problem("timed_out");
  const told = document.querySelector(`template[data-problem="${body.code}"]`) ? body.code : body.message ? "denied" : "proof_refused";
  return problem(told, body.message);
}

countDown();
if (WAITS.includes(data.state)) follow(data.stateUrl, data.state, data.id);
if (button) {
  collecting.then((collected) => signals.show(data.signals, collected));
  button.addEventListener("click", approve);
  const stopped = ceremony.obstacle(data.publicKey.rpId);
  if (stopped) {
    problem(stopped);
    button.disabled = true;
  }
}
