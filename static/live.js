// What is seen follows what happens. The server tells which things changed
// (GET …/changes), and each part of a page that shows one of them is fetched
// again, all parts of one page in one request.
//
// Browsers open six connections to a server and no more. So all tabs of a
// browser share one stream: this file runs twice, in the shared worker that
// holds the streams and in every page. Where there are no shared workers, a
// page holds its own.
(() => {
  const remembered = 100; // messages a stream keeps for pages that join later
  const retry = 2000; // ms before a stream that the server ended is tried again

  // Stream is one account's stream of changes and the pages that read it.
  class Stream {
    constructor(address, since) {
      this.address = address;
      this.floor = this.last = since; // nothing before floor was heard
      this.said = [];
      this.readers = new Set();
      this.open(since);
    }

    open(since) {
      this.source = new EventSource(this.address + "&since=" + since);
      for (const type of ["changed", "sync", "outdated", "ended"]) {
        this.source.addEventListener(type, (event) => this.hear(type, event));
      }
      this.source.onopen = () => this.tell({ type: "open" });
      this.source.onerror = () => {
        // CONNECTING: the browser goes on by itself from the last message.
        // CLOSED: the server did not answer with a stream.
        this.tell({ type: "lost" });
        if (this.source.readyState === EventSource.CLOSED) this.again ??= setTimeout(() => { this.again = null; if (this.readers.size) this.open(this.last); }, retry);
      };
    }

    hear(type, event) {
      this.last = Number(event.lastEventId);
      const message = { type, id: this.last, names: event.data.split(" ") };
      if (type === "outdated" || type === "ended") {
        if (type === "ended") this.source.close(); // the session is over: pages find out how to go on
        return this.tell({ type });
      }
      if (type === "sync") { this.said = []; this.floor = this.last; }
      else if (this.said.push(message) > remembered) this.floor = this.said.shift().id;
      this.tell(message);
    }

    tell(message) { for (const reader of this.readers) reader(message); }

    // join begins where the page was rendered: what was said since is said again.
    join(reader, since) {
      this.readers.add(reader);
      if (since < this.floor) reader({ type: "sync" });
      else for (const message of this.said) if (message.id > since) reader(message);
      if (this.source.readyState !== EventSource.OPEN) reader({ type: "lost" });
    }

    leave(reader) {
      this.readers.delete(reader);
      if (this.readers.size === 0) { clearTimeout(this.again); this.source.close(); }
      return this.readers.size === 0;
    }
  }

  if (typeof document === "undefined") {
    const streams = new Map();
    self.onconnect = ({ ports: [port] }) => {
      let stream, timer;
      const reader = (message) => {
        // What has ended is nothing to join for a page that signs in again.
        if (message.type === "ended" && streams.get(stream?.address) === stream) streams.delete(stream?.address);
        port.postMessage(message);
      };
      const leave = () => {
        clearTimeout(timer);
        if (stream?.leave(reader) && streams.get(stream.address) === stream) streams.delete(stream.address);
        stream = null;
      };
      // A tab that is killed says nothing: one that is silent has gone.
      const alive = () => { clearTimeout(timer); timer = setTimeout(leave, 90_000); };
      port.onmessage = ({ data }) => {
        if (data.type === "leave") return leave();
        alive();
        if (data.type !== "join" || stream) return;
        stream = streams.get(data.address);
        if (!stream) streams.set(data.address, stream = new Stream(data.address, data.since));
        stream.join(reader, data.since);
      };
    };
    return;
  }

  const place = document.getElementById("changes");
  if (!place) return;
  const { stream: address, account } = place.dataset;
  let since = Number(place.dataset.since);

  // The worker's script is this one, from the same address with its hash, so
  // that a new version is a new worker.
  const connect = (hear) => {
    const self = document.querySelector("script[data-live-script]");
    if (typeof SharedWorker === "undefined") {
      let stream;
      return {
        join() { (stream ??= new Stream(address, since)).join(hear, since); },
        leave() { stream?.leave(hear); stream = null; },
        beat() {},
      };
    }
    let port;
    return {
      join() {
        port = new SharedWorker(self.src).port;
        port.onmessage = ({ data }) => hear(data);
        port.postMessage({ type: "join", address, since });
      },
      leave() { port?.postMessage({ type: "leave" }); port?.close(); port = null; },
      // Said again to a worker that took a sleeping tab for gone.
      beat() { port?.postMessage({ type: "join", address, since }); },
    };
  };

  const dirty = new Set(); // the parts to fetch, when the page is seen again at the latest
  const parts = () => [...document.querySelectorAll("[data-live]")];
  const shows = (part, names) => part.dataset.live.split(" ").some((name) => names.includes(name));

  const hear = (message) => {
    if (message.id) since = message.id;
    switch (message.type) {
      case "changed":
        mark(parts().filter((part) => shows(part, message.names)));
        break;
      case "outdated":
        document.dispatchEvent(new Event("outdated")); // static/app.js
        break;
      case "ended":
        ended = true; // for this stream: whether the reader is still signed in, the next fetch tells
        mark(parts());
        break;
      case "sync":
        mark(parts());
        break;
    }
    if (message.type === "lost") return lose("stream");
    regain("stream");
    refresh();
  };

  const show = (id) => { document.getElementById(id).hidden = false; };

  // A short loss, of the stream or of a fetch, is nobody's concern; a longer
  // one is said until both are back.
  const missing = new Set();
  let losing;
  const lose = (what) => {
    missing.add(what);
    losing ??= setTimeout(show, 3000, "lost");
  };
  const regain = (what) => {
    missing.delete(what);
    if (missing.size > 0) return;
    clearTimeout(losing);
    losing = null;
    document.getElementById("lost").hidden = true;
  };

  const mark = (found) => {
    for (const part of found) dirty.add(part.id);
    if (!document.hidden) refresh();
  };

  let ended = false;

  // One fetch at a time; what changes meanwhile, or could not be fetched, is
  // in the next.
  let fetching = false;
  const refresh = async () => {
    if (fetching) return;
    fetching = true;
    try {
      while (dirty.size > 0 && !document.hidden) {
        const pages = Map.groupBy(parts().filter((part) => dirty.has(part.id)), (part) => part.dataset.page);
        dirty.clear();
        for (const [page, stale] of pages) await fetchParts(page, stale.map((part) => part.id));
      }
    } finally {
      fetching = false;
    }
  };

  const fetchParts = async (page, ids) => {
    let answer, text;
    try {
      answer = await fetch(page, { headers: { "HX-Request": "true" } });
      text = await answer.text();
      if (answer.status >= 500) throw new Error(answer.statusText);
    } catch {
      lose("fetch");
      for (const id of ids) dirty.add(id);
      await new Promise((again) => { setTimeout(again, 1000); });
      return;
    }
    regain("fetch");
    if (answer.status === 404 && ids.some((id) => id !== "pending") && new URL(page, location).pathname === location.pathname) return over("gone");
    if (!answer.ok) return;
    // Nobody is signed in any more: static/app.js leads on.
    const { signin } = JSON.parse(answer.headers.get("HX-Trigger") ?? "{}");
    if (signin) {
      leave();
      document.dispatchEvent(new CustomEvent("signin", { detail: signin }));
      return;
    }
    // In another tab somebody else has signed in.
    if (!text.includes(`data-account="${account}"`)) return over("switched");
    if (ended) {
      ended = false;
      leave();
      join();
    }
    const focused = document.activeElement;
    const around = focused?.closest("[data-live]");
    await htmx.swap({
      text, sourceElement: document.body, target: document.body, swap: "none",
      selectOOB: ids.map((id) => `#${id}:outerMorph`).join(),
    });
    // The button that had the keyboard may be gone with the state it belonged to.
    if (around?.isConnected && !focused.isConnected) {
      around.tabIndex = -1;
      around.focus({ preventScroll: true });
    }
  };

  // over says that what stands here is no longer true.
  const over = (id) => {
    show(id);
    leave();
  };

  const stream = connect(hear);
  let timers = [];
  const join = () => {
    stream.join();
    timers = [
      setInterval(() => stream.beat(), 30_000),
      // What is observed and is no event (health, live connections).
      setInterval(() => { if (!document.hidden) mark(parts().filter((part) => "poll" in part.dataset)); }, 3000),
    ];
  };
  const leave = () => {
    for (const timer of timers) clearInterval(timer);
    stream.leave();
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
  addEventListener("pagehide", leave);
  // Back shows the page as it was left: it goes on from there.
  addEventListener("pageshow", (event) => { if (event.persisted) { join(); } });
  join();
})();
