// The list of samples, and the one that is open beside it.

import { ask, complain, ofRun } from "./api.js";
import { count, fresh, h, many, say, short } from "./dom.js";
import { filters } from "./filters.js";
import { setKeys } from "./keys.js";
import { VirtualList } from "./list.js";
import { go, goSilently } from "./main.js";
import { SampleView } from "./sample.js";
import { line } from "./text.js";
import { sign } from "./verdicts.js";

const HEIGHT = 62;

export async function samples(view, store, here) {
  let query = here.query;
  let open = here.item;
  let places = null;
  let searching = null;
  const shown = new SampleView(store, (step) => list.move(list.at + step), () => back());
  const list = new VirtualList(HEIGHT, (row) => item(row, store), (row, clicked) => choose(row.place, clicked), "Samples");
  const number = h("p", { class: "count", role: "status" });
  let filter = filters(store, query, changed);
  const side = h("div", { class: "side" }, filter.element, number, list.element);
  const split = h("div", { class: "split" }, side, shown.element);
  fresh(view, split);
  view.classList.add("full");

  async function changed(now, redraw) {
    query = now;
    goSilently(store.run, "samples", open, query);
    filter.summary.textContent = [...query.keys()].some((key) => key !== "words") ? `Filters (${[...query.keys()].filter((key) => key !== "words").length})` : "Filters";
    if (redraw) remake();
    await search();
    draw(true);
  }

  function remake() {
    const old = filter.element;
    filter = filters(store, query, changed);
    old.replaceWith(filter.element);
  }

  async function search() {
    searching?.abort();
    const words = query.get("words");
    if (!words) { places = null; return; }
    searching = new AbortController();
    try {
      const found = await ask(ofRun(store.run, `/search?words=${encodeURIComponent(words)}`), searching.signal);
      places = new Set(found.places);
    } catch (error) {
      if (error.name !== "AbortError") complain(error);
    }
  }

  function draw(toTop) {
    const rows = store.filtered(query, places);
    const at = rows.findIndex((row) => row.place === open);
    if (toTop && at < 0) list.element.scrollTop = 0;
    list.show(rows, at);
    const left = store.left ? `; ${count(store.left)} more are being read …` : "";
    number.textContent = rows.length === store.rows.length ? many(rows.length, "sample") : `${count(rows.length)} of ${many(store.rows.length, "sample")}`;
    number.append(left);
    say(number.textContent);
  }

  // On a narrow page a sample stands in place of the list once it is read.
  function choose(place, reads) {
    open = place;
    if (reads || !place) split.classList.toggle("reading", Boolean(place));
    goSilently(store.run, "samples", open, query);
    if (place) shown.open(place, store.byPlace.get(place));
    else shown.close();
  }

  function back() {
    if (document.activeElement === filter.search) filter.search.blur();
    if (document.activeElement === list.element && !split.classList.contains("reading")) return go(store.run, "overview");
    split.classList.remove("reading");
    list.element.focus();
    return list.move(list.at, false);
  }

  await search();
  draw(false);
  setKeys([
    ["j ArrowDown", "next sample", () => list.move(list.at + 1)],
    ["k ArrowUp", "previous sample", () => list.move(list.at - 1)],
    ["PageDown", "a page further", () => list.move(list.at + list.page())],
    ["PageUp", "a page back", () => list.move(list.at - list.page())],
    ["Home", "first sample", () => list.move(0)],
    ["End", "last sample", () => list.move(list.rows.length - 1)],
    ["Enter", "read the sample", () => { if (list.at < 0) list.move(0); split.classList.add("reading"); shown.element.focus(); }],
    ["/", "search", () => { split.classList.remove("reading"); filter.search.focus(); filter.search.select(); }],
    ["f", "filters", () => { split.classList.remove("reading"); const box = filter.element.querySelector("details"); box.open = true; box.querySelector("select").focus(); }],
    ["Escape", "back to the list, then to the overview", back],
    ...shown.keys(),
  ]);
  if (open) { list.move(Math.max(0, list.at), false); choose(open, true); }
  else list.element.focus({ preventScroll: true });
  return {
    leave() {
      searching?.abort();
      list.leave();
    },
    accepts(next) {
      if (next.run !== store.run || next.view !== "samples" || String(next.query) !== String(query)) return false;
      if (next.item !== open) {
        choose(next.item, true);
        draw(false);
      }
      return true;
    },
    async changed() {
      if (!side.contains(document.activeElement) || document.activeElement === list.element) remake();
      await search();
      draw(false);
      if (open) shown.refresh(store.byPlace.get(open));
    },
  };
}

function item(row, store) {
  const words = row.begins || (row.verdict === "under way" ? "is being made" : row.detail || "no text");
  const cell = store.axes.map((_, axis) => store.value(row, axis)).filter(Boolean).join(" · ");
  return h("div", { class: "item" },
    h("div", { class: "item-top" }, sign(row.verdict), line(words, { class: "begins" })),
    h("div", { class: "item-below" }, row.reason ? h("span", { class: "reason" }, line(row.reason)) : null,
      h("span", { class: "faint" }, line(cell || row.id)), h("span", { class: "sizes" }, size(row))));
}

function size(row) {
  if (row.verdict === "under way") return `round ${row.round}`;
  return row.messages ? `${row.messages} msg` : `${short(row.words)} words`;
}
