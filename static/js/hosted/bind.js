// The page on which a passkey is made with a binding link, and on to where the person was going.
import { countDown } from "./leaving.js";
import { run } from "./making_page.js";
import { data, post } from "./screen.js";

run({
  jobOf: async () => data,
  begun: ({ infoUrl, token }) => post(infoUrl, undefined, { Authorization: `Bearer ${token}` }),
  done() {
    const onward = document.querySelector("a[data-onward]");
    if (onward) countDown(onward);
  },
});
