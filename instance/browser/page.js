// Loaded first in every page of the frame: what scripts load and change goes
// to the same places as what stands in the page. It makes pages work and guards
// nothing: the policy of the answer does that.
(() => {
  "use strict";
  const me = document.currentScript;
  const all = me.dataset.all; // everything of the capability
  const root = me.dataset.root; // what this page may use
  const inside = root + "~/";
  const mine = me.dataset.inner ? inside : root;
  const first = me.dataset.page;
  const again = me.cloneNode();
  again.dataset.inner = "yes";
  me.remove();
  const console_ = location.protocol + "//" + location.host;

  // real is the address that a page of the frame stands for.
  const real = (url) => {
    const u = new URL(url, console_);
    if (u.origin !== console_ || !u.pathname.startsWith(all)) return null;
    const found = /^[^/]+\/(?:~\/)?(https?)\/([^/]+)(\/.*)?$/.exec(u.pathname.slice(all.length));
    return found && found[1] + "://" + decodeURIComponent(found[2]) + (found[3] ?? "/") + u.search + u.hash;
  };
  const base = () => real(document.baseURI) ?? first;

  // map is where an address is in the frame.
  const map = (value, prefix = mine) => {
    const text = String(value);
    if (text === "" || text.trimStart().startsWith("#")) return text;
    let u;
    try { u = new URL(text, base()); } catch { return text; }
    if (u.protocol !== "http:" && u.protocol !== "https:") return text;
    // What a script put together from what it sees of its own address.
    const seen = u.pathname.startsWith(all) && real(console_ + u.pathname + u.search + u.hash);
    if (seen) u = new URL(seen);
    const at = !seen && u.origin === console_ && new URL(first).origin !== console_ ? new URL(base()) : u;
    return prefix + at.protocol.slice(0, -1) + "/" + encodeURIComponent(at.host).replace(/%3A/g, ":") + u.pathname + u.search + u.hash;
  };
  const own = (address) => { try { return new URL(real(address)).origin === new URL(first).origin; } catch { return false; } };
  const mapSet = (value) => String(value).split(/,\s+/).map((part) => {
    const [address, ...size] = part.trim().split(/\s+/);
    return [map(address), ...size].join(" ");
  }).join(", ");
  const mapCSS = (value) => String(value).replace(/url\(\s*(["']?)([^"')]*)\1\s*\)/gi, (_, q, address) => `url("${map(address)}")`);

  const links = new Set(["href", "src", "action", "formaction", "poster", "data", "background", "xlink:href"]);
  const frames = new Set(["IFRAME", "FRAME", "EMBED", "OBJECT"]);
  const dropped = new Set(["ping", "download", "referrerpolicy"]);
  const attribute = (element, name, value) => {
    const key = name.toLowerCase();
    if (links.has(key)) return map(value, frames.has(element.tagName) ? inside : mine);
    if (key === "srcset" || key === "imagesrcset") return mapSet(value);
    if (key === "style") return mapCSS(value);
    if (key === "srcdoc") return mapPage(value);
    if (key === "crossorigin") return "anonymous";
    if ((key === "target" || key === "formtarget") && /^_(blank|top|parent|new)$/i.test(value)) return "_self";
    return dropped.has(key) ? null : value;
  };

  const set = Element.prototype.setAttribute;
  const fix = (element) => {
    if (element.tagName === "FORM" && !element.hasAttribute("action")) set.call(element, "action", map(real(location.href) ?? first));
    for (const { name, value } of [...element.attributes]) {
      const to = attribute(element, name, value);
      if (to === null) element.removeAttribute(name);
      else if (to !== value) set.call(element, name, to);
    }
  };
  const html = Object.getOwnPropertyDescriptor(Element.prototype, "innerHTML");
  const mapHTML = (value) => {
    const t = document.createElement("template");
    html.set.call(t, String(value));
    const walk = (part) => {
      for (const e of part.querySelectorAll("*")) {
        fix(e);
        if (e.tagName === "TEMPLATE") walk(e.content);
      }
    };
    walk(t.content);
    return html.get.call(t);
  };

  const mapPage = (value) => (String(value).startsWith(again.outerHTML) ? value : again.outerHTML + mapHTML(value));

  Element.prototype.setAttribute = function (name, value) {
    const to = attribute(this, String(name), String(value));
    return to === null ? undefined : set.call(this, name, to);
  };
  const setter = (type, name, change, shown) => {
    const d = type && Object.getOwnPropertyDescriptor(type.prototype, name);
    if (!d?.set) return;
    Object.defineProperty(type.prototype, name, {
      ...d,
      set(value) { d.set.call(this, change.call(this, value)); },
      ...(shown && { get() { const v = d.get.call(this); return (typeof v === "string" && v && real(v)) || v; } }),
    });
  };
  const plain = (value) => map(value);
  for (const [type, ...names] of [
    [window.HTMLAnchorElement, "href"], [window.HTMLAreaElement, "href"], [window.HTMLLinkElement, "href"], [window.HTMLImageElement, "src"],
    [window.HTMLSourceElement, "src"], [window.HTMLMediaElement, "src"], [window.HTMLTrackElement, "src"],
    [window.HTMLVideoElement, "poster"], [window.HTMLInputElement, "src", "formAction"], [window.HTMLButtonElement, "formAction"], [window.HTMLFormElement, "action"],
  ]) for (const name of names) setter(type, name, plain, true);
  for (const [type, name] of [[window.HTMLIFrameElement, "src"], [window.HTMLFrameElement, "src"], [window.HTMLEmbedElement, "src"], [window.HTMLObjectElement, "data"]]) {
    setter(type, name, (value) => map(value, inside), true);
  }
  setter(window.HTMLScriptElement, "src", function (value) {
    const to = map(value);
    if (own(to)) this.crossOrigin = "anonymous";
    return to;
  }, true);
  for (const type of [window.HTMLImageElement, window.HTMLSourceElement]) setter(type, "srcset", mapSet);
  setter(window.HTMLIFrameElement, "srcdoc", (value) => mapPage(value));
  for (const name of ["innerHTML", "outerHTML"]) {
    setter(Element, name, function (value) { return this.tagName === "SCRIPT" || this.tagName === "STYLE" ? value : mapHTML(value); });
  }
  const adjacent = Element.prototype.insertAdjacentHTML;
  Element.prototype.insertAdjacentHTML = function (where, value) { return adjacent.call(this, where, mapHTML(value)); };
  // What came in another way, document.write for one, is put right where it
  // has not been used yet: links and forms.
  new MutationObserver((all) => {
    for (const m of all) for (const n of m.addedNodes) if (n.nodeType === 1) for (const e of [n, ...n.querySelectorAll("a, area, form, button, input")]) fix(e);
  }).observe(document, { childList: true, subtree: true });

  // Requests of scripts. No cookie of this host is ever wanted: the sites'
  // own are kept where the pages are fetched.
  const fetch_ = window.fetch;
  window.fetch = function (what, options) {
    if (what instanceof Request) {
      return fetch_.call(this, new Request(map(what.url), what), { ...options, credentials: "omit", mode: what.mode === "navigate" ? "cors" : options?.mode ?? what.mode });
    }
    return fetch_.call(this, map(what), { ...options, credentials: "omit" });
  };
  const open_ = XMLHttpRequest.prototype.open;
  XMLHttpRequest.prototype.open = function (method, url, ...rest) { return open_.call(this, method, map(url), ...rest); };
  Object.defineProperty(XMLHttpRequest.prototype, "withCredentials", { get: () => false, set() {} });
  const Events = window.EventSource;
  if (Events) {
    window.EventSource = class extends Events {
      constructor(url) { super(map(url)); }
    };
  }
  const beacon = navigator.sendBeacon;
  if (beacon) navigator.sendBeacon = (url, data) => { fetch(url, { method: "POST", body: data, keepalive: true }).catch(() => {}); return true; };
  // There is no way through the frame for these.
  window.WebSocket = class extends EventTarget {
    constructor(url) {
      super();
      Object.assign(this, { url: String(url), readyState: 3, bufferedAmount: 0, protocol: "", extensions: "" });
      setTimeout(() => {
        for (const [name, event] of [["onerror", new Event("error")], ["onclose", new CloseEvent("close", { code: 1006 })]]) {
          this.dispatchEvent(event);
          this[name]?.(event);
        }
      });
    }
    send() {}
    close() {}
    static CONNECTING = 0; static OPEN = 1; static CLOSING = 2; static CLOSED = 3;
  };
  for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport"]) delete window[name];

  // Moving on: one window, so a new one is this one.
  window.open = (url) => {
    if (url) location.href = map(url);
    return null;
  };
  const submit = HTMLFormElement.prototype.submit;
  HTMLFormElement.prototype.submit = function () { fix(this); return submit.call(this); };
  addEventListener("submit", (event) => {
    fix(event.target);
    if (event.submitter) fix(event.submitter);
  }, true);
  for (const name of ["pushState", "replaceState"]) {
    const was = history[name];
    history[name] = function (state, title, url) {
      try {
        return url === undefined || url === null ? was.call(this, state, title) : was.call(this, state, title, map(url));
      } catch {
        return was.call(this, state, title); // another path: the address stays, the state moves on
      }
    };
  }

  // A page without an origin has no storage: it gets one that lasts as long as
  // it is open.
  const storage = () => {
    const all = new Map();
    return new Proxy({
      getItem: (k) => all.get(String(k)) ?? null,
      setItem: (k, v) => { all.set(String(k), String(v)); },
      removeItem: (k) => { all.delete(String(k)); },
      clear: () => all.clear(),
      key: (n) => [...all.keys()][n] ?? null,
      get length() { return all.size; },
    }, {
      get: (t, k) => (k in t ? t[k] : all.get(String(k))),
      set: (t, k, v) => { all.set(String(k), String(v)); return true; },
      deleteProperty: (t, k) => { all.delete(String(k)); return true; },
    });
  };
  for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { value: storage(), configurable: true });
  const cookies = new Map();
  Object.defineProperty(document, "cookie", {
    configurable: true,
    get: () => [...cookies].map(([k, v]) => `${k}=${v}`).join("; "),
    set(text) {
      const [pair, ...options] = String(text).split(";");
      const [k, ...v] = pair.split("=");
      if (options.some((o) => /^\s*max-age\s*=\s*(0|-)/i.test(o))) cookies.delete(k.trim());
      else cookies.set(k.trim(), v.join("=").trim());
    },
  });
})();
