// Views of a list that somebody saved under a name: addresses, kept in this browser for each realm.
const menu = document.querySelector("[data-saved-views]");

function read(key) {
  try {
    const found = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(found) ? found.filter((each) => typeof each.name === "string" && /^\/console\//.test(each.url)) : [];
  } catch {
    return []; // somebody else's words under our name, or no storage at all
  }
}

function write(key, views) {
  try { localStorage.setItem(key, JSON.stringify(views)); } catch { /* a full or forbidden storage keeps nothing */ }
}

function show(key) {
  const list = menu.querySelector("[data-saved-list]");
  const views = read(key);
  menu.querySelector("[data-saved-none]").hidden = views.length > 0;
  list.replaceChildren(...views.map((view) => {
    const item = document.createElement("li");
    item.className = "saved-view";
    const link = document.createElement("a");
    link.className = "menu-item truncate";
    link.href = view.url;
    link.textContent = view.name;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "button button-quiet button-small";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `${list.dataset.removeLabel}: ${view.name}`);
    remove.addEventListener("click", () => {
      write(key, read(key).filter((each) => each.name !== view.name));
      show(key);
    });
    item.append(link, remove);
    return item;
  }));
}

if (menu) {
  const key = `event-views:${menu.dataset.savedViews}`;
  const form = menu.querySelector("[data-saved-form]");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = form.elements.name.value.trim();
    if (!name) return;
    write(key, [...read(key).filter((each) => each.name !== name), { name, url: form.dataset.url }].slice(-50));
    form.reset();
    show(key);
  });
  show(key);
}
