// The frame beside a form shows what is typed: at once, and again when typing rests. Each time in a frame of its own, so
// that the way back does not lead through them.
const button = document.querySelector("button[formtarget=preview]");
let waiting;

function show() {
  const frame = document.querySelector("iframe[name=preview]");
  frame.replaceWith(frame.cloneNode());
  button.form.requestSubmit(button);
}

if (button) {
  button.form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 600);
  });
  show();
}
