// The page: what the address after # asks for is shown, and shown again as runs go on.

import { complain } from "./api.js";
import { byId, fresh, h } from "./dom.js";
import * as keys from "./keys.js";
import { coverage } from "./coverage.js";
import { figures } from "./figures.js";
import { map } from "./map.js";
import { rejected } from "./rejected.js";
import { review } from "./review.js";
import { runs } from "./runs.js";
import { samples } from "./samples.js";
import { line } from "./text.js";
import { theme } from "./theme.js";
import { topology } from "./topology.js";
import { Store } from "./store.js";

const VIEWS = {
  overview: ["Overview", "o", figures],
  samples: ["Samples", "s", samples],
  rejected: ["Rejected", "r", rejected],
  map: ["Map", "m", map],
  coverage: ["Coverage", "c", coverage],
  topology: ["Topology", "t", topology],
  review: ["Review", "v", review],
};
const SOON = 50;
const OFTEN = 2000;
const SELDOM = 10000;

let shown = { leave() {} };
let store = null;
let turn = 0;

// The parts of the address: the run, the view, what it shows, and the query.
export function where() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [run = "", view = "", item = ""] = path.split("/").map(decodeURIComponent);
  return { run, view: VIEWS[view] ? view : "overview", item, query: new URLSearchParams(query) };
}

export function address(run, view = "", item = "", query = "") {
  const path = [run, view, item].filter(Boolean).map(encodeURIComponent).join("/");
  const told = String(query);
  return `#/${path}${told ? `?${told}` : ""}`;
}

export const go = (...parts) => { location.hash = address(...parts); };

export function goSilently(...parts) {
  history.replaceState(null, "", address(...parts));
  bar();
}

async function show() {
  const here = where();
  const mine = (turn += 1);
  const kept = shown.accepts?.(here);
  complain(null);
  bar();
  if (kept) return;
  shown.leave();
  shown = { leave() {} };
  keys.setKeys([]);
  try {
    if (!here.run) {
      store = null;
      shown = await runs(box());
    } else {
      if (!store || store.run !== here.run) {
        fresh(byId("view"), h("p", { class: "hint" }, "Reading the run …"));
        const opened = new Store(here.run);
        await opened.refresh();
        if (mine !== turn) return;
        store = opened;
      }
      if (store.line.review_only && here.view !== "review") { // no run, so there is nothing else to see
        location.replace(address(here.run, "review"));
        return;
      }
      const made = await VIEWS[here.view][2](box(), store, here);
      if (mine !== turn) made.leave();
      else shown = made;
      later(store.left || shown.left ? SOON : OFTEN);
    }
    bar();
  } catch (error) {
    if (mine !== turn) return;
    fresh(byId("view"), h("p", { class: "hint" }, "Nothing can be shown."));
    complain(error);
  }
}

// A place for a view to draw in: what it still draws once another one is shown goes nowhere.
function box() {
  const inner = h("div", { class: "view" });
  fresh(byId("view"), inner);
  return inner;
}

function bar() {
  const here = where();
  const links = here.run ? Object.entries(VIEWS).filter(([name]) => name === "review" || !store?.line?.review_only).map(([name, [words, key]]) =>
    h("a", { href: address(here.run, name), "aria-current": here.view === name ? "page" : null, title: `g ${key}` }, words)) : [];
  queueMicrotask(() => document.querySelector("#bar [aria-current]")?.scrollIntoView({ inline: "nearest", block: "nearest" }));
  const state = store && here.run === store.run && store.line;
  fresh(byId("bar"),
    h("a", { class: "brand", href: "#/", title: "g h" }, h("img", { src: "/page/icon.svg", alt: "", width: 22, height: 22 }), h("span", {}, "Colloquia studio")),
    state ? h("span", { class: "run-name" }, line(state.name), state.running ? h("span", { class: "live" }, "running") : null) : null,
    h("nav", { "aria-label": "Views" }, links),
    h("span", { class: "tools" }, h("button", { class: "quiet", onclick: theme, title: "light or dark" }, "◐", h("span", { class: "unseen" }, "Light or dark")),
      h("button", { class: "quiet", onclick: keys.help, title: "keys" }, "?", h("span", { class: "unseen" }, " keys"))));
}

let timer = 0;

function later(pause) {
  clearTimeout(timer);
  timer = setTimeout(tick, pause);
}

async function tick() {
  let pause = SELDOM;
  if (!document.hidden) {
    try {
      if (store) {
        const changed = await store.refresh();
        if (changed || shown.left) { await shown.changed?.(); bar(); }
        if (store.line?.running) pause = OFTEN;
        if (store.left || shown.left) pause = SOON;
      } else if (await shown.changed?.()) pause = OFTEN;
      if (byId("problem").textContent.startsWith("the server does not answer")) complain(null);
    } catch (error) {
      complain(error);
    }
  }
  later(pause);
}

function onward(key) {
  const here = where();
  if (key === "h" || key === "g") { go(""); return true; }
  const found = Object.entries(VIEWS).find(([, [, letter]]) => letter === key);
  if (!found || !here.run) return false;
  go(here.run, found[0]);
  return true;
}

history.replaceState(null, "", `/${location.hash}`); // the token leaves the address
theme.start();
keys.start(onward);
addEventListener("hashchange", show);
show();
later(OFTEN);
