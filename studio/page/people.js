// What people said of a sample in reviews.

import { ask, ofRun } from "./api.js";
import { h } from "./dom.js";
import { block, line } from "./text.js";

const SIGNS = { accept: ["✓", "good"], reject: ["✗", "bad"], skip: ["→", "faint"], left: ["←", "faint"], right: ["→", "faint"], tie: ["=", "faint"] };

// A box that fills itself; nothing if nobody said anything.
export async function people(run, sample) {
  const said = await ask(ofRun(run, `/review/said?sample=${encodeURIComponent(sample)}`));
  const undone = new Set(said.filter((one) => one.undoes).map((one) => one.undoes));
  const rows = said.filter((one) => one.said !== "undo" && !one.planted).map((one) => person(one, undone.has(one.number), sample));
  return rows.length ? h("section", { class: "people" }, h("h2", {}, "What people said"), rows) : null;
}

function person(one, taken, sample) {
  const [mark, kind] = SIGNS[one.said] || ["·", "faint"];
  const words = { left: one.sample === sample ? "better than the other" : "worse than the other", right: one.sample === sample ? "worse than the other" : "better than the other", tie: "as good as the other" }[one.said] || `${one.said}ed`.replace("skiped", "skipped");
  return h("div", { class: `person${taken ? " taken-back" : ""}` },
    h("span", { class: `sign ${kind}`, "aria-hidden": "true" }, mark), " ", h("b", {}, line(one.reviewer)), ` ${words}`, h("span", { class: "faint" }, ` (${one.queue}${one.turn === null || one.turn === undefined ? "" : `, turn ${one.turn}`})`),
    taken ? h("span", { class: "badge" }, "taken back") : null, one.flag ? h("span", { class: "badge unsure" }, "⚑ flagged") : null, one.redo ? h("span", { class: "badge" }, "to be made again") : null,
    one.reasons?.length ? h("div", {}, one.reasons.map((each, place) => [place ? "; " : "", line(each)])) : null,
    one.remark ? h("blockquote", {}, block(one.remark)) : null,
    one.edit ? Object.entries(one.edit).map(([place, text]) => h("details", { class: "text" }, h("summary", {}, "put other words in place of ", line(/^\d+$/.test(place) ? `message ${place}` : place)), block(text))) : null);
}
