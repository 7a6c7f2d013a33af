// The filters above the list of samples. The address holds what is chosen, so that it can be kept and sent.

import { choice, h, wait } from "./dom.js";
import { MEASURES } from "./store.js";
import { VERDICTS } from "./verdicts.js";

const MOST = 500; // choices of a menu, the most frequent ones
const NAMES = { words: "words", tokens: "tokens", messages: "messages", revisions: "revisions", refused: "refused draws", distance: "distance to the nearest" };

// `changed(query)` hears of every change.
export function filters(store, query, changed) {
  const set = (key, value) => {
    if (value) query.set(key, value); else query.delete(key);
    changed(query);
  };
  const search = h("input", {
    type: "search", placeholder: "search all words", "aria-label": "Search", value: query.get("words") || "",
    oninput: wait(150, (event) => set("words", event.target.value.trim())), spellcheck: "false", autocomplete: "off",
  });
  const every = (of, none) => [["", none], ...store.kinds(of).slice(0, MOST).map(([name, number]) => [name, `${shortened(name)} (${number})`])];
  const menu = (key, label, options) => options.length > 1 && choice(label, query.get(key) || "", options, (value) => set(key, value));
  const scores = store.kinds((row) => Object.keys(row.scores)).map(([name]) => name);
  const sorts = [["", "as made"], ...Object.keys(MEASURES).map((key) => [key, NAMES[key]]), ...scores.map((name) => [`score:${name}`, `score: ${name}`])];
  const body = h("div", { class: "filter-body" },
    menu("verdict", "Verdict", [["", "all"], ...VERDICTS.map((name) => [name, name])]),
    menu("reason", "Reason", every((row) => (row.reason ? [row.reason] : []), "all")),
    menu("fails", "Fails", every((row) => row.fails, "any check")),
    menu("found", "Found on the way", every((row) => row.found, "by any check")),
    menu("unsure", "Cannot be told", every((row) => row.unsure, "any check")),
    menu("role", "Asked", every((row) => row.roles, "any role")),
    store.axes.slice(0, MOST).map((axis, place) => choice(axis, chosen(query, axis), every((row) => { const value = store.value(row, place); return value ? [value] : []; }, "all"),
      (value) => { pick(query, axis, value); changed(query); })),
    scores.length > 0 && h("span", { class: "range" },
      choice("Score", query.get("score") || "", [["", "none"], ...scores.map((name) => [name, shortened(name)])], (value) => set("score", value)),
      bound("least", "at least", query, set), bound("most", "at most", query, set)),
    choice("Order", query.get("sort") || "", sorts, (value) => set("sort", value)),
    h("label", { class: "choice check" }, h("input", { type: "checkbox", checked: query.has("down"), onchange: (event) => set("down", event.target.checked ? "1" : "") }), h("span", {}, "largest first")));
  const used = [...query.keys()].filter((key) => key !== "words").length;
  const more = h("details", { class: "filters", open: filters.open || false, ontoggle: (event) => { filters.open = event.target.open; } },
    h("summary", {}, used ? `Filters (${used})` : "Filters"), body);
  const clear = h("button", { class: "quiet", onclick: () => { for (const key of [...query.keys()]) query.delete(key); search.value = ""; changed(query, true); } }, "Clear");
  return { element: h("search", { class: "filter" }, h("div", { class: "filter-line" }, search, clear), more), search, summary: more.querySelector("summary") };
}

function bound(key, label, query, set) {
  return h("label", { class: "choice" }, h("span", {}, label), h("input", {
    type: "number", step: "any", value: query.get(key) || "", oninput: wait(200, (event) => set(key, event.target.value)),
  }));
}

function chosen(query, axis) {
  const found = query.getAll("cell").find((told) => told.startsWith(`${axis}=`));
  return found ? found.slice(axis.length + 1) : "";
}

function pick(query, axis, value) {
  const others = query.getAll("cell").filter((told) => !told.startsWith(`${axis}=`));
  query.delete("cell");
  for (const one of value ? [...others, `${axis}=${value}`] : others) query.append("cell", one);
}

const shortened = (text) => (text.length > 60 ? `${text.slice(0, 59)}…` : text);
