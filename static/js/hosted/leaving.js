// On a done screen: five seconds, then on, unless somebody stays.
const LEAVES_AFTER_SECONDS = 5;

// `onward` is a link, or a form.
export function countDown(onward) {
  const waits = document.querySelector("[data-countdown]");
  let left = LEAVES_AFTER_SECONDS;
  const stop = () => clearInterval(timer);
  const timer = setInterval(() => {
    left -= 1;
    document.querySelector("[data-seconds]").textContent = left;
    if (left > 0) return;
    stop();
    if (onward instanceof HTMLFormElement) onward.requestSubmit();
    else location.assign(onward.href);
  }, 1000);
  document.querySelector("[data-stay]").addEventListener("click", () => {
    stop();
    waits.remove();
    (onward.querySelector("button") ?? onward).focus();
  });
  onward.addEventListener(onward instanceof HTMLFormElement ? "submit" : "click", stop);
}
