// The new device's page: it waits to be let in, and then goes on by itself.
import { countDown, follow } from "./waiting.js";
import { data } from "./screen.js";

const LAST = ["COMPLETE", "DENIED", "CANCELLED", "EXPIRED", "TRIED_TOO_OFTEN"];

countDown();
if (data.state && !LAST.includes(data.state)) follow(data.stateUrl, data.state);
document.querySelector("[data-go]")?.requestSubmit();
