// A variable of a mail goes where the caret is, in the field that was last typed in: by hand nobody spells the braces right.
const form = document.querySelector("#wording");
let field = form?.querySelector("textarea");

form?.addEventListener("focusin", (event) => {
  if (event.target.matches("textarea, input[type=text]")) field = event.target;
});

form?.addEventListener("click", (event) => {
  const token = event.target.closest("[data-insert]")?.dataset.insert;
  if (!token) return;
  field.focus();
  // Deprecated, and the only way that Ctrl Z takes back.
  if (!document.execCommand("insertText", false, token)) {
    field.setRangeText(token, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
});
