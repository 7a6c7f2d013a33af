// Coverage of pairs of values as heat maps: of axes with axes, and of the values of two axes.

import { ask, ofRun } from "./api.js";
import { choice, count, fresh, h, many } from "./dom.js";
import { setKeys } from "./keys.js";
import { address, go, goSilently } from "./main.js";
import { line } from "./text.js";

const MOST = 60;

export async function coverage(view, store, here) {
  let found = await ask(ofRun(store.run, "/coverage"));
  let [first, second] = (here.item || "").split("-").map(Number);
  const below = h("div");

  function draw() {
    const names = Object.keys(found.axes);
    const sum = (key) => found.shares.reduce((all, one) => all + one[key], 0);
    fresh(view, h("h1", {}, "Coverage"),
      found.error ? h("p", { class: "broken" }, "⚠ only values that were met are known, since the scenario cannot be read: ", line(found.error)) : null,
      found.samples ? h("p", {}, `${many(found.samples, "accepted sample")} in ${many(found.cells, "different cell")}; ${count(sum("met"))} of ${count(sum("possible"))} pairs of values have a sample (${percent(sum("met"), sum("possible"))}).`) : h("p", { class: "hint" }, "No accepted sample has a cell yet."),
      names.length > 1 ? [h("h2", {}, "Pairs of axes ", h("small", {}, "share of pairs that have a sample")), h("div", { class: "wide" }, overview(names))] : null, below);
    if (names.length > 1) detail(Number.isInteger(first) && first < names.length ? first : 0, Number.isInteger(second) && second < names.length ? second : 1);
  }

  function overview(names) {
    const shares = new Map(found.shares.map((one) => [JSON.stringify([one.first, one.second]), one]));
    const rows = names.slice(0, -1).map((row, at) => h("tr", {}, h("th", { scope: "row" }, line(row)), names.slice(1).map((column, other) => {
      if (other + 1 <= at) return h("td", { class: "nothing" });
      const one = shares.get(JSON.stringify([row, column]));
      return h("td", { class: `heat heat-${level(one.met / one.possible)}` }, h("button", { class: "cell", onclick: () => detail(at, other + 1, true), title: `${row} × ${column}: ${one.met} of ${one.possible}` }, percent(one.met, one.possible)));
    })));
    return h("table", { class: "heatmap" }, h("thead", {}, h("tr", {}, h("td"), names.slice(1).map((name) => h("th", { scope: "col" }, line(name))))), h("tbody", {}, rows));
  }

  async function detail(one, other, scroll) {
    [first, second] = [one, other];
    goSilently(store.run, "coverage", `${one}-${other}`);
    const names = Object.keys(found.axes);
    const pick = (label, value, work) => choice(label, String(value), names.map((name, place) => [String(place), name]), (told) => work(Number(told)));
    const table = one === other ? null : await ask(ofRun(store.run, `/coverage?first=${one}&second=${other}`));
    fresh(below, h("h2", {}, "Two axes ", h("small", {}, "accepted samples with each pair; a cell opens its samples")),
      h("div", { class: "map-tools" }, pick("Rows", one, (told) => detail(told, second)), pick("Columns", other, (told) => detail(first, told))),
      table ? h("div", { class: "wide tall" }, values(table, store)) : h("p", { class: "hint" }, "Choose two axes."));
    if (scroll) below.scrollIntoView({ block: "start" });
  }

  draw();
  setKeys([
    ["]", "next axis for the columns", () => detail(first, next(second, first))],
    ["[", "next axis for the rows", () => detail(next(first, second), second)],
    ["Escape", "overview", () => go(store.run, "overview")],
  ]);
  const next = (at, but) => { const all = Object.keys(found.axes).length; const one = (at + 1) % all; return one === but ? (one + 1) % all : one; };
  return { leave() {}, async changed() { found = await ask(ofRun(store.run, "/coverage")); draw(); } };
}

function values(table, store) {
  const most = Math.max(1, ...table.counts.flat());
  const columns = table.columns.slice(0, MOST);
  const rows = table.rows.slice(0, MOST);
  const left = [table.rows.length - rows.length, table.columns.length - columns.length];
  const query = (row, column) => { const told = new URLSearchParams({ verdict: "accepted" }); told.append("cell", `${table.first}=${row}`); told.append("cell", `${table.second}=${column}`); return told; };
  return [h("table", { class: "heatmap values" },
    h("thead", {}, h("tr", {}, h("td", { class: "faint" }, line(table.first), " ↓ ", line(table.second), " →"), columns.map((name) => h("th", { scope: "col", title: name }, h("div", {}, line(name)))))),
    h("tbody", {}, rows.map((name, at) => h("tr", {}, h("th", { scope: "row", title: name }, line(name)), columns.map((column, place) => {
      const number = table.counts[at][place];
      if (number < 0) return h("td", { class: "excluded", title: "excluded by the scenario" }, "✕");
      return h("td", { class: `heat heat-${number ? level(number / most) : 0}`, title: `${name} × ${column}` }, number ? h("a", { class: "cell", href: address(store.run, "samples", "", query(name, column)) }, number) : "·");
    }))))),
  left[0] > 0 || left[1] > 0 ? h("p", { class: "faint" }, `the first ${MOST} values; ${Math.max(0, left[0])} rows and ${Math.max(0, left[1])} columns are not drawn`) : null];
}

const level = (share) => (share <= 0 ? 0 : Math.min(5, 1 + Math.floor(share * 4.999)));
const percent = (met, possible) => (possible ? `${((100 * met) / possible).toFixed(met && met / possible < 0.1 ? 1 : 0)} %` : "—");
