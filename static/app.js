// What pages gain with JavaScript: switching the theme without a reload, copy
// buttons, truly modal dialogs, forms that fetch their dependent choices at
// once, files that need no pasting. Every page works without it.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const dark = () => root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;

  // The clipboard API needs https or localhost; a lab on plain http gets the old way.
  const copy = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  };

  const say = (text) => {
    const status = document.getElementById("status");
    if (!status) return;
    // The same words again are news again.
    status.textContent = "";
    requestAnimationFrame(() => { status.textContent = text; });
  };

  document.addEventListener("submit", (event) => {
    const theme = event.target.closest("form[data-theme-switch]");
    if (theme) {
      // The server keeps the choice; the page shows it at once.
      event.preventDefault();
      const next = dark() ? "light" : "dark";
      root.dataset.theme = next;
      const body = new URLSearchParams(new FormData(theme));
      body.set("theme", next);
      fetch(theme.action, { method: "POST", body, redirect: "manual" });
    }
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await copy(button.dataset.copy);
    say(button.dataset.done ?? "");
    button.classList.add("is-copied");
    setTimeout(() => button.classList.remove("is-copied"), 1500);
  });

  // A text file goes where its text would be pasted. Emptied, so that the same
  // one can be chosen again after it was mended.
  document.addEventListener("change", async ({ target }) => {
    const area = target.dataset.fills && document.getElementById(target.dataset.fills);
    if (!area || !target.files.length) return;
    area.value = await target.files[0].text();
    area.focus();
    target.value = "";
  });

  // A choice that others depend on: the page is fetched with what is typed so
  // far, as the form's refresh button would, and merged into this one, so that
  // focus and scroll stay where they are. The next choice takes the place of one
  // that is still under way (hx-sync of the form).
  document.addEventListener("change", async (event) => {
    const form = event.target.closest("[data-refresh]")?.form;
    const button = form?.querySelector("button[data-refreshes]");
    if (!button) return;
    const url = new URL(button.formAction);
    const typed = new URLSearchParams(new FormData(form));
    typed.delete("once");
    url.search = typed;
    history.replaceState(null, "", url);
    // Until the answer is there the reader goes on: with the keyboard where they
    // are by then, not where the page itself would begin, and with what they
    // typed meanwhile.
    const texts = () => new Map([...form.elements].filter((field) => field.matches("input:not([type=checkbox], [type=radio], [type=hidden]), textarea"))
      .map((field) => [field.name, field.value]));
    const sent = texts();
    let at, meanwhile;
    document.addEventListener("htmx:before:swap", () => { at = document.activeElement; meanwhile = texts(); }, { once: true });
    try {
      await htmx.ajax("GET", url.pathname + url.search, { source: form, target: "#main", select: "#main", swap: "outerMorph" });
      for (const [name, value] of meanwhile ?? []) {
        const field = form.elements.namedItem(name);
        // What has the keyboard may be typed into at this very moment.
        if ((value !== sent.get(name) || field === at) && field instanceof Element && field.value !== value) field.value = value;
      }
      if (at?.isConnected && at !== document.activeElement) at.focus({ preventScroll: true });
    } catch {
      location.assign(url);
    }
  });

  // The server has become another version: the page fetches itself again, and
  // with it the scripts and styles of that version. Not while something is
  // typed or open on it: then it says so.
  let typed = false;
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => { typed ||= Boolean(event.target.form); });
  }
  document.addEventListener("outdated", () => {
    const line = document.querySelector("[data-outdated]");
    if (typed || line?.hasAttribute("data-keep") || document.querySelector("dialog[open], :popover-open:not(.side)")) {
      line?.removeAttribute("hidden");
    } else {
      location.replace(location.href.split("#")[0]);
    }
  });

  // A part of the page learned that the session is over. What is typed stays;
  // otherwise the login page comes at once, and leads back here.
  const touched = (field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    const options = [...(field.options ?? [])];
    if (options.length > 0) return options.some((o) => o.defaultSelected) && options.some((o) => o.selected !== o.defaultSelected);
    return "defaultValue" in field && field.value !== field.defaultValue;
  };
  document.addEventListener("signin", (event) => {
    const typed = [...document.querySelectorAll("main form")].some((form) => [...form.elements].some(touched));
    const banner = document.getElementById("signed-out");
    if (!typed || !banner) return location.assign(event.detail.at);
    if (!banner.hidden) return;
    document.getElementById("main").prepend(banner);
    banner.role = "alert";
    banner.hidden = false;
  });

  // A page has loaded in an instance's browser: the address bar and the line
  // below the frame come from the server, which knows what it fetched. Nothing
  // is asked of the page or heard from it.
  let loads = 0;
  document.addEventListener("load", async (event) => {
    const part = event.target instanceof HTMLIFrameElement && event.target.closest("[data-browser]");
    if (!part) return;
    const load = ++loads;
    const answer = await fetch(part.dataset.browser, { headers: { "HX-Request": "true" } });
    if (answer.status !== 200 || load !== loads || !part.isConnected) return;
    const now = new DOMParser().parseFromString(await answer.text(), "text/html");
    const bar = part.querySelector("input[name=url]"), address = now.querySelector("input[name=url]");
    if (bar !== document.activeElement) bar.value = address.value;
    for (const button of part.querySelectorAll("button[name=go]")) {
      button.disabled = now.querySelector(`button[name=go][value=${button.value}]`).disabled;
    }
    part.querySelector(".frame-foot").replaceWith(document.adoptNode(now.querySelector(".frame-foot")));
    const here = new URL(location.href);
    here.searchParams.set("url", address.value);
    if (address.value) history.replaceState(history.state, "", here);
  }, true);

  // What takes longer than a blink says so: a bar at the top of the page, and
  // the pressed button is busy. What is quicker changes nothing on the page.
  const blink = 300;
  const waits = new Map();
  const wait = (key, pressed) => {
    if (waits.has(key)) return;
    waits.set(key, { pressed, timer: setTimeout(() => {
      root.classList.add("is-waiting");
      if (pressed) pressed.ariaBusy = "true";
    }, blink) });
  };
  const done = (key) => {
    const { timer, pressed } = waits.get(key) ?? {};
    clearTimeout(timer);
    if (pressed) pressed.ariaBusy = null;
    waits.delete(key);
    if (!waits.size) root.classList.remove("is-waiting");
  };

  // Parts that somebody has asked for; what pages fetch by themselves is silent.
  const asked = (event) => event.target.closest?.("form, button, a");
  document.addEventListener("htmx:before:request", (event) => {
    const { ctx } = event.detail;
    if (asked(event)) wait(ctx, ctx.sourceEvent?.submitter ?? ctx.submitter);
  });
  document.addEventListener("htmx:finally:request", (event) => done(event.detail.ctx));

  // Another page. Files that are only saved have a download attribute: after
  // them this page stays.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
    wait("page", link);
  });

  // Pressing twice must not buy twice, whichever of a form's buttons it is.
  let sent = new WeakSet();
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    const form = event.target;
    if (sent.has(form)) {
      event.preventDefault();
      return;
    }
    const method = event.submitter?.getAttribute("formmethod") ?? form.method;
    if (method === "post") sent.add(form);
    // Enter presses a hidden copy of the main button.
    wait("page", event.submitter?.matches(".vh") ? form.querySelector(".btn-main") : event.submitter);
  });
  // Back shows the page as it was left: nothing is under way any more. A page
  // shown for the first time says this after it was loaded, when its reader may
  // have pressed something long ago.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    sent = new WeakSet();
    for (const key of [...waits.keys()]) done(key);
  });

  // Browsers without invoker commands (Safari before 26.2, Firefox ESR 140).
  if (!("commandForElement" in HTMLButtonElement.prototype)) {
    document.addEventListener("click", (event) => {
      const button = event.target.closest("button[commandfor]");
      const target = button && document.getElementById(button.getAttribute("commandfor"));
      if (!target) return;
      const command = button.getAttribute("command");
      if (command === "show-modal") target.showModal();
      if (command === "close") target.close();
    });
  }

  // <dialog open data-modal> becomes truly modal: focus stays inside, Esc closes.
  document.addEventListener("DOMContentLoaded", () => {
    for (const dialog of document.querySelectorAll("dialog[open][data-modal]")) {
      dialog.close();
      dialog.showModal();
    }
  });

  // A narrow screen cuts the row of tabs: the current one is brought into it.
  for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
    const row = tab.parentElement.getBoundingClientRect(), at = tab.getBoundingClientRect();
    tab.parentElement.scrollLeft += at.left + at.width / 2 - row.left - row.width / 2;
  }
})();
