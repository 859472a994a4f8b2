// The top bar's search: "/" goes there, and while somebody types the best hits
// drop down (a combobox with a list, as WAI-ARIA describes it). The server
// makes the list; without this script Enter opens the page of results.
(() => {
  const form = document.querySelector("form[data-search]");
  const input = form?.elements.q;
  if (!input) return;
  const drop = document.createElement("div");
  drop.className = "search-drop";
  drop.hidden = true;
  form.append(drop);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "search-list",
  })) input.setAttribute(name, value);

  let asked, waiting, active = -1, shown = "";
  const options = () => [...drop.querySelectorAll("[role=option]")];

  const mark = (n) => {
    const all = options();
    active = all.length ? (n + all.length) % all.length : -1;
    all.forEach((option, i) => option.setAttribute("aria-selected", String(i === active)));
    if (active < 0) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    input.setAttribute("aria-activedescendant", all[active].id);
    all[active].scrollIntoView({ block: "nearest" });
  };

  const close = () => {
    clearTimeout(waiting);
    asked?.abort();
    drop.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const ask = async () => {
    const typed = input.value.trim();
    if ([...typed].length < 2) {
      shown = "";
      close();
      return;
    }
    if (typed === shown) {
      drop.hidden = false;
      input.setAttribute("aria-expanded", "true");
      return;
    }
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(form.dataset.search + "?q=" + encodeURIComponent(typed), {
        signal: asked.signal, headers: { "HX-Request": "true" },
      });
      if (answer.status !== 200) return close(); // 204: the session is over
      drop.innerHTML = await answer.text();
    } catch {
      return; // another question was quicker, or the server is away
    }
    shown = typed;
    active = -1;
    input.removeAttribute("aria-activedescendant");
    drop.hidden = false;
    input.setAttribute("aria-expanded", "true");
    const status = document.getElementById("status");
    const told = drop.querySelector("[data-told]")?.dataset.told;
    if (status && told) status.textContent = told;
  };

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 150);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // choosing a Chinese character
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (drop.hidden) {
        ask();
        return;
      }
      mark(event.key === "ArrowDown" ? active + 1 : active < 0 ? -1 : active - 1);
    } else if (event.key === "Enter" && !drop.hidden && active >= 0) {
      event.preventDefault();
      location.assign(options()[active].dataset.href);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (drop.hidden) input.value = "";
      close();
    }
  });
  // Before the field loses the keyboard, which would close the list.
  drop.addEventListener("mousedown", (event) => event.preventDefault());
  drop.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.href);
  });
  input.addEventListener("blur", close);

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input, select, textarea, [contenteditable], dialog")) return;
    // On a narrow screen the field is not there: its page is.
    if (!input.checkVisibility()) {
      event.preventDefault();
      location.assign(form.action);
      return;
    }
    event.preventDefault();
    input.focus();
    input.select();
  });
})();
