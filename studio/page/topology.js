// The topology drawn from top to bottom: its nodes with what they cost, its edges with how many samples went along.

import { ask, ofRun } from "./api.js";
import { count, fresh, h, s, short } from "./dom.js";
import { setKeys } from "./keys.js";
import { go } from "./main.js";
import { line } from "./text.js";

const [WIDE, TALL, ROW, COLUMN] = [230, 74, 150, 300];

export async function topology(view, store) {
  async function draw() {
    const found = await ask(ofRun(store.run, "/topology"));
    const other = Object.entries(found.other);
    fresh(view, h("h1", {}, "Topology"),
      found.error ? h("p", { class: "broken" }, "⚠ it cannot be drawn, since the scenario cannot be read: ", line(found.error)) : [
        h("p", {}, `The ways of ${count(found.whole)} whole samples`, found.broken_off ? `; ${count(found.broken_off)} broke off while they were written and are not counted on the edges` : "", ". Tokens at a node are those of all its calls; on an edge, about what the step that it leads to spent for those who came by it."),
        h("div", { class: "wide" }, picture(found)), table(found)],
      other.length ? h("p", {}, "Beside it: ", other.map(([name, tokens], place) => [place ? ", " : "", line(name), ` ${short(tokens)} tokens`])) : null);
  }
  await draw();
  setKeys([["Escape", "overview", () => go(store.run, "overview")]]);
  return { leave() {}, changed: draw };
}

function picture(found) {
  const most = Math.max(...found.nodes.map((node) => node.column)) + 1;
  const rows = Math.max(...found.nodes.map((node) => node.row)) + 1;
  const across = new Map();
  for (const node of found.nodes) across.set(node.row, (across.get(node.row) || 0) + 1);
  const margin = 150;
  const [width, height] = [most * COLUMN + 2 * margin, rows * ROW];
  const centre = (node) => [width / 2 + (node.column - (across.get(node.row) - 1) / 2) * COLUMN, node.row * ROW + TALL / 2 + 8];
  const at = new Map(found.nodes.map((node) => [node.name, node]));
  const busiest = Math.max(1, ...found.edges.map((edge) => edge.samples));
  let [left, right] = [0, 0];
  const edges = found.edges.map((edge) => {
    const [a, b] = [at.get(edge.source), at.get(edge.target)];
    const [[ax, ay], [bx, by]] = [centre(a), centre(b)];
    const far = b.row - a.row > 1;
    const width1 = 1 + (4 * edge.samples) / busiest;
    const words = [
      [edge.when === "always" ? "" : edge.when, edge.bound ? `at most ${edge.bound}×` : ""].filter(Boolean).join(", "),
      `${short(edge.samples)} ${edge.samples === 1 ? "sample" : "samples"}${edge.tokens ? ` · ${short(edge.tokens)} tok.` : ""}`,
    ].filter(Boolean);
    let path;
    let place;
    if (edge.back || far) {
      const out = edge.back ? 1 : -1;
      const reach = Math.max(Math.abs(ax - width / 2), Math.abs(bx - width / 2)) + WIDE / 2 + 40 + (edge.back ? (right += 1) : (left += 1)) * 18;
      const x = width / 2 + out * reach;
      const [from, to] = [ax + (out * WIDE) / 2, bx + (out * WIDE) / 2];
      const [sy, ey] = [ay + 12, by - 8 * (edge.back ? -1 : 1)];
      path = `M${from} ${sy} C${x} ${sy} ${x} ${sy} ${x} ${(sy + ey) / 2} S${x} ${ey} ${to} ${ey}`;
      place = [x, (sy + ey) / 2];
    } else {
      const [sy, ey] = [ay + TALL / 2, by - TALL / 2];
      path = `M${ax} ${sy} C${ax} ${(sy + ey) / 2} ${bx} ${(sy + ey) / 2} ${bx} ${ey}`;
      const branches = found.edges.filter((one) => one.source === edge.source).length > 1;
      place = [ax + (bx - ax) * (branches ? 0.9 : 0.1), sy + (ey - sy) * (branches ? 0.6 : 0.4)];
    }
    return s("g", { class: `edge${edge.when === "problems" ? " problems" : ""}${edge.samples ? "" : " idle"}` }, s("path", { d: path, "stroke-width": width1, "marker-end": "url(#arrow)" }), label(words, place));
  });
  const nodes = found.nodes.map((node) => {
    const [x, y] = centre(node);
    const end = node.name === "end";
    const what = [node.step === node.name ? "" : node.step, node.role].filter(Boolean).join(": ");
    return s("g", { class: `node${end ? " end" : ""}` }, s("rect", { x: x - WIDE / 2, y: y - TALL / 2, width: WIDE, height: TALL, rx: end ? 37 : 8 }),
      s("text", { x, y: y - (end ? 2 : 12), class: "node-name" }, cut(node.name, 26)), end ? null : s("text", { x, y: y + 6, class: "node-role" }, cut(what, 32)),
      s("text", { x, y: y + (end ? 18 : 25), class: "node-cost" }, end ? `${count(node.samples)} samples` : node.calls ? `${short(node.calls)} calls · ${short(node.tokens)} tokens${node.usd ? ` · $${node.usd.toFixed(3)}` : ""}` : "no calls"));
  });
  return s("svg", { viewBox: `0 0 ${width} ${height}`, class: "topology", role: "img", "aria-label": "The graph of steps; the table below says the same" },
    s("defs", {}, s("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto" }, s("path", { d: "M0 0 L8 4 L0 8 z" }))), edges, nodes);
}

function label(lines, [x, y]) {
  const width = Math.max(...lines.map((words) => words.length)) * 6.5 + 16;
  const height = lines.length * 15 + 6;
  return [s("rect", { x: x - width / 2, y: y - height / 2, width, height, rx: 9, class: "edge-ground" }),
    lines.map((words, at) => s("text", { x, y: y - height / 2 + 15 + at * 15, class: "edge-words" }, words))];
}

const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

function table(found) {
  return h("div", { class: "columns" }, h("section", {}, h("h2", {}, "Nodes"), h("table", { class: "figures" },
    h("thead", {}, h("tr", {}, ["node", "role", "samples", "calls", "tokens", "a sample"].map((head, place) => h("th", { scope: "col", class: place > 1 ? "number" : null }, head)))),
    h("tbody", {}, found.nodes.filter((node) => node.name !== "end").map((node) => h("tr", {}, h("th", { scope: "row" }, line(node.name)), h("td", {}, line(node.role || "—")),
      [node.samples, node.calls, node.tokens, node.samples ? Math.round(node.tokens / node.samples) : 0].map((number) => h("td", { class: "number" }, short(number)))))))),
  h("section", {}, h("h2", {}, "Edges"), h("table", { class: "figures" },
    h("thead", {}, h("tr", {}, ["from", "to", "when", "samples", "tokens"].map((head, place) => h("th", { scope: "col", class: place > 2 ? "number" : null }, head)))),
    h("tbody", {}, found.edges.map((edge) => h("tr", {}, h("th", { scope: "row" }, line(edge.source)), h("td", {}, line(edge.target)), h("td", {}, edge.when, edge.bound ? `, at most ${edge.bound}×` : ""), h("td", { class: "number" }, count(edge.samples)), h("td", { class: "number" }, short(edge.tokens))))))));
}
