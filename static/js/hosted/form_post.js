// Posts the answer to the application at once. Back from there, the page stays: its code is spent.
const form = document.querySelector("form[data-onward]");
const came = performance.getEntriesByType("navigation")[0]?.type;
if (came !== "back_forward") form.submit();
