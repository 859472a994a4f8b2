// Charts: uPlot in place of the drawings that the server made, with the same
// numbers, brought up to date while somebody looks. Without this file the
// drawings and the table stay as they were sent.
(() => {
  const root = document.getElementById("charts");
  if (!root || typeof uPlot === "undefined") return;
  const lang = document.documentElement.lang;
  const every = 10_000;
  const grey = matchMedia("(prefers-color-scheme: dark)");

  // As views/chart.go writes them.
  const rate = (n) => n === 0 || n >= 100 ? n.toFixed(0) : n >= 10 ? n.toFixed(1) : String(+n.toPrecision(2));
  const bytes = (n) => {
    if (n < 1000) return Math.round(n) + " B";
    const units = ["KB", "MB", "GB", "TB"];
    let i = -1;
    do { n /= 1000; i++; } while (n >= 1000 && i < units.length - 1);
    return n.toFixed(1) + " " + units[i];
  };
  const write = { count: (n) => n.toFixed(0), rate: (n) => rate(n) + "/s", bytes: (n) => bytes(n) + "/s" };
  // On an axis the unit stands in the chart's title; a round number needs no ".0".
  const axis = { count: (n) => n.toFixed(0), rate: (n) => String(+n.toPrecision(3)), bytes: (n) => bytes(n).replace(".0 ", " ") };

  const clock = (options) => {
    const format = new Intl.DateTimeFormat(lang, options);
    return (seconds) => format.format(seconds * 1000);
  };
  const toSecond = clock({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const toMinute = clock({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const toDay = clock({ month: "short", day: "numeric" });
  const moment = (step, t) => step < 60 ? toSecond(t) : toDay(t) + " " + toMinute(t);

  // A colour of the stylesheet as the canvas wants it: read off an element, so
  // that light-dark() is settled.
  const colour = (element) => getComputedStyle(element).stroke;
  const dash = (element) => getComputedStyle(element).strokeDasharray.split(/[ ,]+/).map(parseFloat).filter((n) => n > 0);

  // There are no halves of connections and bytes: steps of 1, 2, 5, 10, …
  const whole = Array.from({ length: 13 }, (_, e) => [1, 2, 5].map((n) => n * 10 ** e)).flat();

  const plots = new Map();

  // hatch marks the time that nobody watched, as the drawing does.
  const hatch = (u) => {
    const known = u.data[1];
    const { left, top, width, height } = u.bbox;
    const half = (u.culvert.step / 2);
    u.ctx.save();
    u.ctx.beginPath();
    for (let i = 0; i < known.length; i++) {
      if (known[i] != null) continue;
      const from = u.valToPos(u.data[0][i] - half, "x", true);
      const to = u.valToPos(u.data[0][i] + half, "x", true);
      u.ctx.rect(from, top, to - from, height);
    }
    u.ctx.clip();
    u.ctx.beginPath();
    for (let x = left - height; x < left + width; x += 8 * devicePixelRatio) {
      u.ctx.moveTo(x, top + height);
      u.ctx.lineTo(x + height, top);
    }
    u.ctx.strokeStyle = colour(u.culvert.grid);
    u.ctx.lineWidth = devicePixelRatio;
    u.ctx.stroke();
    u.ctx.restore();
  };

  // Under the crosshair the column of the latest figures shows those of that
  // moment, under its time.
  const point = (u) => {
    const { section, plot, step } = u.culvert;
    const i = u.cursor.left < 0 ? null : u.cursor.idx;
    const head = section.querySelector("[data-figure=at]");
    head.dataset.word ??= head.textContent;
    head.textContent = i == null ? head.dataset.word : moment(step, u.data[0][i] - step / 2);
    section.querySelectorAll("[data-figure=latest]").forEach((cell, k) => {
      const n = i == null ? null : u.data[k + 1][i];
      cell.textContent = i == null ? plot.series[k].latest : n == null ? "–" : write[plot.number](n);
    });
  };

  // A value between two that are not known has no line to be on: it is a dot.
  const alone = (u, k) => u.data[k].flatMap((n, i, all) => n != null && all[i - 1] == null && all[i + 1] == null ? [i] : []);

  const make = (section, plot, data, shape) => {
    const place = section.querySelector(".plot");
    const marks = [...section.querySelectorAll(".figures .plot-line")];
    const grid = place.querySelector(".plot-grid").cloneNode();
    // Kept for its colour, which follows the theme.
    const keep = place.querySelector("svg").cloneNode();
    keep.setAttribute("class", "vh");
    keep.append(grid);
    place.replaceChildren(keep);
    section.querySelector(".plot-ends")?.remove();
    const font = "12px " + getComputedStyle(document.body).fontFamily;
    const ink = () => getComputedStyle(section.querySelector("header p")).color;
    const lines = { stroke: () => colour(grid), width: 1 };
    const bars = plot.kind === "bars";
    const u = new uPlot({
      width: place.clientWidth, height: place.clientHeight,
      legend: { show: false },
      cursor: { sync: { key: "culvert" }, drag: { x: false, y: false }, y: false, points: { size: 6 } },
      scales: {
        x: { time: true, range: () => [shape.from, shape.to] },
        y: { range: (_, __, most) => [0, most > 0 ? most * 1.08 : plot.number === "bytes" ? 1000 : 1] },
      },
      axes: [
        { stroke: ink, font, size: 26, gap: 4, grid: { show: false }, ticks: { ...lines, size: 4 }, border: { show: true, ...lines },
          values: (_, splits, __, ___, incr) => splits.map((t, i) => incr >= 86400 || shape.step >= 60 && toMinute(t) === "00:00" && i > 0 ? toDay(t) : toMinute(t)) },
        { stroke: ink, font, gap: 4, space: 36, grid: lines, ticks: { show: false },
          size: 54,
          incrs: plot.number === "rate" ? undefined : whole,
          values: (_, splits) => splits.map((n) => axis[plot.number](n)) },
      ],
      series: [{}, ...plot.series.map((_, i) => ({
        stroke: () => colour(marks[i]), width: 1.5, dash: dash(marks[i]), points: { show: false, filter: alone, size: 5, fill: () => colour(marks[i]) }, spanGaps: false,
        ...(bars ? { fill: () => colour(marks[i]), width: 0, paths: uPlot.paths.bars({ size: [0.8, 8, 2] }), points: { show: false } } : {}),
      }))],
      hooks: { drawAxes: [hatch], setCursor: [point] },
    }, data, (u, init) => {
      u.culvert = shape;
      u.culvert.grid = grid;
      place.append(u.root);
      init();
    });
    new ResizeObserver(() => {
      if (place.clientWidth > 0) u.setSize({ width: place.clientWidth, height: place.clientHeight });
    }).observe(place);
    return u;
  };

  const figures = (section, plot) => {
    section.querySelector(".plot").ariaLabel = plot.says;
    const rows = section.querySelectorAll(".figures tbody tr");
    plot.series.forEach((s, i) => {
      for (const cell of rows[i].querySelectorAll("[data-figure]")) {
        if (cell.textContent !== s[cell.dataset.figure]) cell.textContent = s[cell.dataset.figure];
      }
    });
  };

  const time = (step, t) => {
    const at = document.createElement("time");
    at.dateTime = new Date(t * 1000).toISOString();
    at.textContent = moment(step, t);
    return at;
  };

  // The table is made again while it is open; what is read in it stays in its
  // place when a row is added above.
  const table = (data) => {
    const details = root.querySelector(".chart-table");
    if (!details.open) return;
    const heads = [...details.querySelectorAll("thead th")].map((h) => h.textContent);
    const body = details.querySelector("tbody");
    const before = body.getBoundingClientRect();
    body.replaceChildren(...data.rows.map((row) => {
      const line = document.createElement("tr");
      const cell = (kind, label, ...content) => {
        const c = document.createElement(kind);
        const inside = document.createElement("span");
        inside.append(...content);
        c.append(inside);
        if (label) c.dataset.label = label;
        line.append(c);
        return c;
      };
      const ends = [time(data.step, row.from)];
      if (row.to) ends.push(" – ", time(data.step, row.to));
      cell("th", heads[0], ...ends).scope = "row";
      if (row.says) {
        const c = cell("td", root.dataset.says, row.says);
        c.className = "muted";
        c.colSpan = heads.length - 1;
      }
      (row.cells ?? []).forEach((text, i) => { cell("td", heads[i + 1], text).className = "num"; });
      return line;
    }));
    if (before.top < 0) scrollBy(0, body.getBoundingClientRect().height - before.height);
  };

  let last;
  const show = (data) => {
    last = data;
    const x = data.times.map((t) => t + data.step / 2);
    for (const plot of data.plots) {
      const section = root.querySelector(`[data-plot="${plot.id}"]`);
      const series = [x, ...plot.series.map((s) => s.values)];
      figures(section, plot);
      const u = plots.get(plot.id);
      if (u) {
        Object.assign(u.culvert, { from: data.from, to: data.to, step: data.step, plot });
        u.setData(series);
        point(u);
      } else {
        plots.set(plot.id, make(section, plot, series, { from: data.from, to: data.to, step: data.step, section, plot }));
      }
    }
    root.querySelector(".chart-gap").hidden = !data.plots[0].series[0].values.includes(null);
    table(data);
  };

  const ask = async () => {
    try {
      const answer = await fetch(root.dataset.charts, { headers: { Accept: "application/json" }, redirect: "error" });
      if (answer.ok) show(await answer.json());
    } catch {
      // Signed out or offline: what is shown stays; the next time tries again.
    }
  };

  root.querySelector(".chart-table").addEventListener("toggle", () => { if (last) table(last); });
  // While the page is hidden nobody is asked; when it is shown again, at once.
  setInterval(() => { if (!document.hidden) ask(); }, every);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  // The theme's colours are read when something is drawn.
  const redraw = () => { for (const u of plots.values()) u.redraw(false); };
  grey.addEventListener("change", redraw);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  ask();
})();
