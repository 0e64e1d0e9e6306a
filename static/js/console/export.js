// An export's page begins the download by itself. The answer is an attachment, so the page stays; a refusal is a page.
const link = document.querySelector("[data-start]");
if (link) window.location.assign(link.href);
