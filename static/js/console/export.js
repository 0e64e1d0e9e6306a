// An export's page begins the download by itself. The answer is an attachment, so the page stays; a refusal is a page.
// Not before the page stands: going elsewhere, to a file too, ends the loading, and nothing would ask how far it is.
const link = document.querySelector("[data-start]");
const start = () => setTimeout(() => link.click(), 100);
if (link && document.readyState === "complete") start();
else if (link) window.addEventListener("load", start);
