// Rejected and undecided samples, grouped by reason, with where to change what rejects them.

import { ask, ofRun } from "./api.js";
import { bar, count, fresh, h, many } from "./dom.js";
import { setKeys } from "./keys.js";
import { address, go } from "./main.js";
import { line } from "./text.js";
import { sign } from "./verdicts.js";

const EXAMPLES = 4;

export async function rejected(view, store) {
  const advice = await ask(ofRun(store.run, "/advice"));
  let at = 0;
  let first = true;

  function draw() {
    const open = new Set([...view.querySelectorAll("details[open]")].map((one) => one.dataset.key));
    const groups = grouped(store.rows);
    const whole = groups.reduce((sum, group) => sum + group.rows.length, 0);
    fresh(view, h("h1", {}, whole ? `${many(whole, "sample")} not accepted` : "Nothing was rejected"),
      advice.error ? h("p", { class: "broken" }, "⚠ where to change it is not known, since the scenario cannot be read: ", line(advice.error)) : null,
      h("div", { class: "groups" }, groups.map((group, place) => section(group, whole, advice, store, first && place < 3 ? new Set([group.key]) : open))));
    first = false;
  }

  function move(step) {
    const all = [...view.querySelectorAll("summary")];
    at = Math.max(0, Math.min(all.length - 1, all.includes(document.activeElement) ? all.indexOf(document.activeElement) + step : at));
    all[at]?.focus();
  }

  draw();
  setKeys([
    ["j ArrowDown", "next reason", () => move(1)],
    ["k ArrowUp", "previous reason", () => move(-1)],
    ["Enter", "open or fold the reason", () => move(0)],
    ["Escape", "overview", () => go(store.run, "overview")],
  ]);
  return { leave() {}, changed: draw };
}

function grouped(rows) {
  const found = new Map();
  for (const row of rows) {
    if (row.verdict !== "rejected" && row.verdict !== "undecided") continue;
    const key = JSON.stringify([row.verdict, row.stage, row.reason]);
    if (!found.has(key)) found.set(key, { key, verdict: row.verdict, stage: row.stage, reason: row.reason, rows: [] });
    found.get(key).rows.push(row);
  }
  return [...found.values()].sort((a, b) => b.rows.length - a.rows.length);
}

function section(group, whole, advice, store, open) {
  const told = advice.checks[group.reason];
  const query = new URLSearchParams({ verdict: group.verdict, reason: group.reason });
  const others = counted(group.rows.flatMap((row) => row.fails.filter((check) => check !== group.reason)));
  const cells = store.axes.flatMap((axis, place) => counted(group.rows.map((row) => store.value(row, place)).filter(Boolean)).slice(0, 1)
    .filter(([, number]) => number > 2 && number / group.rows.length >= 0.5 && store.values[place].length > 2).map(([value, number]) => [axis, value, number]));
  return h("details", { class: "group", "data-key": group.key, open: open.has(group.key) },
    h("summary", {}, sign(group.verdict), " ", h("b", {}, line(group.reason || "no reason")), h("span", { class: "faint" }, ` in ${group.stage || "no stage"}`),
      h("span", { class: "number" }, count(group.rows.length)), bar(group.rows.length, whole)),
    h("p", {}, h("b", {}, "Where to change it: "), group.verdict === "undecided" ? "the machinery failed, which says nothing of the sample; continue the run" : told ? line(told) : "the prompts of the roles that write"),
    others.length ? h("p", {}, "They fail also: ", others.map(([name, number], place) => [place ? ", " : "", line(name), ` ${number}`])) : null,
    cells.length ? h("p", {}, "Most of them have: ", cells.map(([axis, value, number], place) => [place ? ", " : "", line(`${axis}=${value}`), ` ${number}`])) : null,
    h("ul", { class: "plain examples" }, group.rows.slice(0, EXAMPLES).map((row) => h("li", {}, h("a", { href: address(store.run, "samples", row.place, query) }, line(row.begins || row.id)), h("div", { class: "faint" }, line(row.detail))))),
    h("p", {}, h("a", { href: address(store.run, "samples", "", query) }, `all ${count(group.rows.length)} in the list`)));
}

function counted(names) {
  const found = new Map();
  for (const name of names) found.set(name, (found.get(name) || 0) + 1);
  return [...found].sort((a, b) => b[1] - a[1]);
}
