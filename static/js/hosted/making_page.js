// A page with one button that makes a passkey: what it collects, what goes wrong, and the screen at the end.
import * as ceremony from "./ceremony.js";
import { bind, kindHere, make, protectionOf, tell } from "./make.js";
import { busy, clear, data, problem, turnTo } from "./screen.js";
import * as signals from "./signals.js";

// `jobOf()` is the job's data, asked for at each press until it is there, or throws {name: "Refused", problem}; `begun(job)`
// is called once the person pressed; `done()` when the last screen stands.
export function run({ jobOf, begun = () => {}, done }) {
  const button = document.querySelector("[data-create]");
  const collecting = signals.collect(data.signals);
  const kind = kindHere(data.kinds, data.rpId);
  let job = null;
  let made = null;
  let sent = 0;

  async function create() {
    if (button.getAttribute("aria-busy")) return;
    const began = Date.now();
    clear();
    busy(button, true);
    try {
      job ??= await jobOf();
      begun(job);
      made ??= await make(job, await kind);
      sent += 1;
      const answer = await bind(job, made, await told(), sent > 1);
      if (answer.passkey) {
        turnTo("done");
        tell(answer.passkey);
        return done();
      }
      if (answer.spoilt) [made, sent] = [null, 0];
      problem(answer.problem, answer.message);
    } catch (error) {
      problem(error?.problem ?? ceremony.problemOf(error, { took: Date.now() - began, timeout: job?.publicKey.timeout ?? Infinity }));
    } finally {
      busy(button, false);
    }
  }

  const told = async () => ({ ...await collecting, key_protection: protectionOf(await kind) });
  told().then((all) => signals.show(data.signals, all));
  button.addEventListener("click", create);
  kind.then((able) => {
    button.disabled = !able;
    if (!able) problem(data.kinds.length ? ceremony.obstacle(data.rpId) || "no_storage" : "unsupported");
  });
}
