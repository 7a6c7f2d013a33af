// The map of accepted samples: near is alike. Signs as well as colours tell the values of an axis apart.

import { ask, ofRun } from "./api.js";
import { choice, count, fresh, h, many } from "./dom.js";
import { setKeys } from "./keys.js";
import { go } from "./main.js";
import { line } from "./text.js";

const KINDS = 8;
const PATHS = [
  (c, x, y, r) => c.arc(x, y, r, 0, 7),
  (c, x, y, r) => c.rect(x - r, y - r, 2 * r, 2 * r),
  (c, x, y, r) => { c.moveTo(x, y - r * 1.3); c.lineTo(x + r * 1.2, y + r); c.lineTo(x - r * 1.2, y + r); c.closePath(); },
  (c, x, y, r) => { c.moveTo(x, y - r * 1.4); c.lineTo(x + r * 1.4, y); c.lineTo(x, y + r * 1.4); c.lineTo(x - r * 1.4, y); c.closePath(); },
  (c, x, y, r) => { c.moveTo(x, y + r * 1.3); c.lineTo(x + r * 1.2, y - r); c.lineTo(x - r * 1.2, y - r); c.closePath(); },
  (c, x, y, r) => { const w = r * 0.55; c.rect(x - w, y - r * 1.3, 2 * w, r * 2.6); c.rect(x - r * 1.3, y - w, r * 2.6, 2 * w); },
  (c, x, y, r) => { c.rect(x - r * 1.4, y - r * 0.6, r * 2.8, r * 1.2); },
  (c, x, y, r) => { c.rect(x - r * 0.6, y - r * 1.4, r * 1.2, r * 2.8); },
];

export async function map(view, store, here) {
  fresh(view, h("h1", {}, "Map"), h("p", { class: "hint" }, "Reading the samples' vectors; of 10,000 samples they take some seconds …"));
  let found = await ask(ofRun(store.run, "/map"));
  let axis = Math.max(0, store.axes.indexOf(here.query.get("axis") || ""));
  let at = -1;
  let scale = { x: 1, y: 1, left: 0, top: 0, zoom: 1 };
  const canvas = h("canvas", { class: "map", tabindex: 0, role: "application", "aria-label": "Map of samples: arrow keys go to the next sample in their direction, Enter opens it" });
  const legend = h("ul", { class: "legend plain" });
  const told = h("p", { class: "map-told", role: "status" }, "Point at a sample, or press an arrow key.");
  const about = h("p", { class: "faint" });
  fresh(view, h("h1", {}, "Map"), about,
    h("div", { class: "map-tools" }, store.axes.length ? choice("Signs by", store.axes[axis], store.axes.map((name) => [name, name]), (name) => { axis = store.axes.indexOf(name); draw(); }) : null,
      h("button", { class: "quiet", onclick: () => zoom(1.5) }, "+"), h("button", { class: "quiet", onclick: () => zoom(1 / 1.5) }, "−")),
    h("div", { class: "map-box" }, canvas, legend), told);

  function kinds() {
    const numbers = new Map();
    for (const place of found.places) {
      const row = store.byPlace.get(place);
      const value = row ? store.value(row, axis) : "";
      numbers.set(value, (numbers.get(value) || 0) + 1);
    }
    const most = [...numbers].sort((a, b) => b[1] - a[1]);
    const own = most.length <= KINDS ? most.length : KINDS - 1;
    return { of: new Map(most.map(([value], place) => [value, Math.min(place, own)])), rows: most.slice(0, own), rest: most.slice(own) };
  }

  const where = (place) => [scale.left + found.xs[place] * scale.x, scale.top - found.ys[place] * scale.y];

  function draw() {
    about.textContent = `${many(found.places.length, "accepted sample")} by the two directions in which their vectors (${found.embedding}) differ most: ${(found.shown * 100).toFixed(0)} % of the variance. Near is alike, as far as two directions show it${found.note ? `; ${found.note}` : ""}.`;
    const box = canvas.getBoundingClientRect();
    const ratio = devicePixelRatio || 1;
    canvas.width = box.width * ratio;
    canvas.height = box.height * ratio;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const size = Math.min(box.width, box.height * 1.4) / 2 - 14;
    scale = { ...scale, x: size * scale.zoom, y: Math.min(size, box.height / 2 - 14) * scale.zoom, left: box.width / 2 + (scale.dx || 0), top: box.height / 2 + (scale.dy || 0) };
    const shown = kinds();
    const radius = found.places.length > 3000 ? 2.2 : found.places.length > 500 ? 3.2 : 4.5;
    for (let kind = 0; kind <= shown.rows.length; kind += 1) {
      context.beginPath();
      found.places.forEach((place, number) => {
        const row = store.byPlace.get(place);
        if (!row || shown.of.get(store.value(row, axis)) !== kind) return;
        const [x, y] = where(number);
        if (kind < shown.rows.length) { context.moveTo(x + radius, y); PATHS[kind % PATHS.length](context, x, y, radius); }
        else { context.moveTo(x + radius * 0.6, y); context.arc(x, y, radius * 0.6, 0, 7); }
      });
      context.fillStyle = kind < shown.rows.length ? colour(`--kind-${kind}`) : colour("--faint");
      context.globalAlpha = 0.8;
      context.fill();
    }
    context.globalAlpha = 1;
    if (at >= 0) {
      const [x, y] = where(at);
      context.beginPath();
      context.arc(x, y, radius + 5, 0, 7);
      context.strokeStyle = colour("--ink");
      context.lineWidth = 2;
      context.stroke();
    }
    const key = (kind) => {
      const small = h("canvas", { width: 32, height: 32, class: "legend-sign", "aria-hidden": "true" });
      const pen = small.getContext("2d");
      pen.beginPath();
      if (kind < shown.rows.length) PATHS[kind % PATHS.length](pen, 16, 16, 9); else pen.arc(16, 16, 5, 0, 7);
      pen.fillStyle = kind < shown.rows.length ? colour(`--kind-${kind}`) : colour("--faint");
      pen.fill();
      return small;
    };
    fresh(legend, shown.rows.map(([value, number], kind) => h("li", {}, key(kind), line(value || "none"), h("span", { class: "faint" }, ` ${count(number)}`))),
      shown.rest.length ? h("li", {}, key(KINDS), `${many(shown.rest.length, "other value")}`, h("span", { class: "faint" }, ` ${count(shown.rest.reduce((sum, [, number]) => sum + number, 0))}`)) : null);
  }

  function pick(number) {
    at = number;
    if (at < 0) return;
    const row = store.byPlace.get(found.places[at]);
    fresh(told, row ? [h("b", {}, line(row.begins || row.id)), " ", h("span", { class: "faint" }, line(store.axes.map((_, place) => store.value(row, place)).filter(Boolean).join(" · ")))] : "gone");
    draw();
  }

  function nearest(x, y, accept = () => true, weigh = (dx, dy) => dx * dx + dy * dy) {
    let best = -1;
    let least = Infinity;
    for (let number = 0; number < found.places.length; number += 1) {
      const [px, py] = where(number);
      if (!accept(px - x, py - y, number)) continue;
      const weight = weigh(px - x, py - y);
      if (weight < least) { least = weight; best = number; }
    }
    return [best, least];
  }

  function step(key) {
    const box = canvas.getBoundingClientRect();
    const [x, y] = at < 0 ? [box.width / 2, box.height / 2] : where(at);
    const [wx, wy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], h: [-1, 0], l: [1, 0], k: [0, -1], j: [0, 1] }[key];
    const along = (dx, dy) => dx * wx + dy * wy;
    const [best] = at < 0 ? nearest(x, y) : nearest(x, y, (dx, dy, number) => number !== at && along(dx, dy) > 0.5,
      (dx, dy) => along(dx, dy) ** 2 + 4 * (dx * wy - dy * wx) ** 2);
    if (best >= 0) pick(best);
  }

  function zoom(by) {
    const box = canvas.getBoundingClientRect();
    const [x, y] = at < 0 ? [box.width / 2, box.height / 2] : where(at);
    const now = Math.max(1, Math.min(40, scale.zoom * by));
    const grown = now / scale.zoom;
    scale.dx = now === 1 ? 0 : box.width / 2 - box.width / 2 - (x - scale.left) * grown + (at < 0 ? x - box.width / 2 : 0);
    scale.dy = now === 1 ? 0 : -(y - scale.top) * grown + (at < 0 ? y - box.height / 2 : 0);
    scale.zoom = now;
    draw();
  }

  const open = () => at >= 0 && go(store.run, "samples", found.places[at]);
  canvas.addEventListener("pointermove", (event) => {
    const [best, least] = nearest(event.offsetX, event.offsetY);
    if (least < 400 && best !== at) pick(best);
    canvas.classList.toggle("over", least < 400);
  });
  canvas.addEventListener("click", (event) => {
    const [best, least] = nearest(event.offsetX, event.offsetY);
    if (least < 400) { pick(best); open(); }
  });
  const watcher = new ResizeObserver(draw);
  watcher.observe(canvas);
  addEventListener("themed", draw);
  setKeys([
    ["ArrowLeft ArrowRight ArrowUp ArrowDown", "the next sample that way", step],
    ["Enter", "open the sample", open],
    ["+ =", "nearer", () => zoom(1.5)],
    ["-", "farther", () => zoom(1 / 1.5)],
    ["a", "signs by the next axis", () => { axis = (axis + 1) % Math.max(1, store.axes.length); view.querySelector("select").value = store.axes[axis]; draw(); }],
    ["Escape", "overview", () => go(store.run, "overview")],
  ]);
  canvas.focus({ preventScroll: true });
  return {
    leave() { watcher.disconnect(); removeEventListener("themed", draw); },
    async changed() {
      const chosen = found.places[at];
      found = await ask(ofRun(store.run, "/map"));
      at = found.places.indexOf(chosen);
      draw();
    },
  };
}
