// The samples of a run in this page, kept in step with the server; and which of them a filter lets through.

import { ask, ofRun } from "./api.js";

export class Store {
  constructor(run) {
    this.run = run;
    this.line = null;
    this.version = 0;
    this.left = 0;
    this.axes = [];
    this.values = [];
    this.rows = [];
    this.byPlace = new Map();
  }

  // True if something changed.
  async refresh() {
    const { run, changes } = await ask(ofRun(this.run, `/rows?since=${this.version}`));
    const other = JSON.stringify(run) !== JSON.stringify(this.line);
    this.line = run;
    if (changes.version < this.version) { // the server was started anew
      this.version = 0;
      this.byPlace.clear();
      return this.refresh();
    }
    if (changes.version === this.version) return other;
    this.version = changes.version;
    this.left = changes.left;
    this.axes = Object.keys(changes.axes);
    this.values = Object.values(changes.axes);
    for (const row of changes.rows) this.byPlace.set(row.place, row);
    for (const place of changes.gone) this.byPlace.delete(place);
    this.rows = [...this.byPlace.values()].sort((a, b) => a.round - b.round || a.index - b.index);
    return true;
  }

  value(row, axis) {
    const number = row.cell[axis];
    return number === undefined || number < 0 ? "" : this.values[axis][number];
  }

  // What occurs among the samples, for the menus of filters.
  kinds(of) {
    const found = new Map();
    for (const row of this.rows) for (const one of of(row)) found.set(one, (found.get(one) || 0) + 1);
    return [...found].sort((a, b) => b[1] - a[1]);
  }

  // The rows that a query lets through, in its order. `places` are those that hold the words searched for.
  filtered(query, places) {
    const get = (key) => query.get(key) || "";
    const tests = [];
    const add = (key, test) => { if (get(key)) tests.push((row) => test(row, get(key))); };
    add("verdict", (row, told) => row.verdict === told);
    add("reason", (row, told) => row.reason === told);
    add("fails", (row, told) => row.fails.includes(told));
    add("found", (row, told) => row.found.includes(told) || row.fails.includes(told));
    add("unsure", (row, told) => row.unsure.includes(told));
    add("role", (row, told) => row.roles.includes(told));
    for (const [key, told] of query) {
      if (key !== "cell") continue;
      const cut = told.indexOf("=");
      const axis = this.axes.indexOf(told.slice(0, cut));
      const number = axis < 0 ? -2 : this.values[axis].indexOf(told.slice(cut + 1));
      tests.push((row) => row.cell[axis] === number);
    }
    if (get("score")) {
      const [least, most] = [Number(get("least") || -Infinity), Number(get("most") || Infinity)];
      tests.push((row) => row.scores[get("score")] >= least && row.scores[get("score")] <= most);
    }
    if (places) tests.push((row) => places.has(row.place));
    const found = this.rows.filter((row) => tests.every((test) => test(row)));
    const measure = MEASURES[get("sort")] || (get("sort").startsWith("score:") && ((row) => row.scores[get("sort").slice(6)]));
    if (!measure) return found;
    const key = new Map(found.map((row) => [row, measure(row) ?? Infinity]));
    const way = get("down") ? -1 : 1;
    return found.sort((a, b) => way * (key.get(a) - key.get(b)) || a.round - b.round || a.index - b.index);
  }
}

export const MEASURES = {
  words: (row) => row.words,
  tokens: (row) => row.tokens,
  messages: (row) => row.messages,
  revisions: (row) => row.revisions,
  refused: (row) => row.refused,
  distance: (row) => row.distance,
};
