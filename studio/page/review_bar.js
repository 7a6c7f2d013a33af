// Above the sample: how far, how fast, what is saved. Below it: the verdicts as buttons, and the reasons.

import { pace } from "./deck.js";
import { count, h, many } from "./dom.js";
import { line } from "./text.js";
import { QUEUES } from "./review_start.js";
import { sign } from "./verdicts.js";

const LAST = { accept: ["✓", "accepted", "good"], reject: ["✗", "rejected", "bad"], skip: ["→", "skipped", "faint"], left: ["←", "left is better", "good"], right: ["→", "right is better", "good"], tie: ["=", "neither", "faint"] };

export function status({ queue, who, progress, unseen, box, seconds, last, goal, again }) {
  const [done, left] = progress ? counted(progress, unseen) : [0, 0];
  const speed = pace(seconds, left);
  const [mark, words, kind] = LAST[last?.said] || [];
  return [
    h("button", { class: "quiet strip-queue", onclick: again, title: "choose another queue (Esc)" }, h("b", {}, QUEUES[queue][0]), h("span", { class: "faint" }, " ", line(who))),
    progress ? h("span", { class: "strip-count" }, h("progress", { max: done + left || 1, value: done, "aria-label": "done" }), h("b", {}, count(done)), h("span", { class: "faint" }, ` done, ${count(left)} left`)) : null,
    speed ? h("span", { class: "faint strip-pace" }, `${speed.each < 10 ? speed.each.toFixed(1) : Math.round(speed.each)} s each, about ${speed.minutes > 90 ? `${(speed.minutes / 60).toFixed(1)} h` : many(speed.minutes, "minute")} more`) : null,
    bound(progress, goal),
    h("span", { class: "strip-end" },
      last ? h("span", { class: `strip-last ${kind}` }, `${mark} ${words}`) : null, saved(box)),
  ];
}

// How far the queue is, with what the server had not seen yet when it said so.
function counted(progress, unseen) {
  const sum = (worth) => unseen.reduce((total, one) => total + worth(one.said), 0);
  return [progress.done + sum((said) => (said === "undo" ? -1 : said === "skip" ? 0 : 1)), progress.left - sum((said) => (said === "undo" ? -1 : said === "skip" ? 0 : 1))].map((one) => Math.max(0, one));
}

function bound(progress, goal) {
  const found = progress?.bound;
  if (!found) return null;
  if (found.void) return h("span", { class: "strip-bound", title: found.sentence }, "⚠ no claim: ", line(found.void));
  const per = (share) => `${Math.ceil(Math.round(share * 1e6) / 1000) / 10} %`;
  const more = found.clean_until;
  const until = more === 0 ? `the goal of ${per(goal)} is met` : more === null ? `${per(goal)} cannot be reached` : `about ${many(more, "clean one")} until ${per(goal)}`;
  return h("span", { class: "strip-bound", title: found.sentence }, h("b", {}, `at most ${per(found.share)} flawed`), h("span", { class: "faint" }, `; ${until}`));
}

function saved(box) {
  const parts = [];
  if (box.refused.length) parts.push(h("span", { class: "badge bad", title: box.refused.map((one) => one.why).join("; ") }, `! ${many(box.refused.length, "verdict")} could not be kept: `, line(box.refused.at(-1).why)));
  if (box.waiting.length && box.away) parts.push(h("span", { class: "badge unsure", title: box.away }, `⚠ ${count(box.waiting.length)} not saved yet${box.unkept ? "; keep this page open" : ""}`));
  else if (box.waiting.length) parts.push(h("span", { class: "strip-saved faint" }, "saving …"));
  else if (box.saved.length) parts.push(h("span", { class: "strip-saved faint" }, "all saved"));
  return parts;
}

function big(words, key, kind, work, props = {}) {
  return h("button", { class: `verdict ${kind}`, onclick: work, ...props }, h("span", {}, words), h("kbd", {}, key));
}

export function verdictBar({ pairs, state, reasons, said, undo, flag, edit, redo, remark, reason }) {
  const after = (work) => (event) => { event.currentTarget.blur(); work(); };
  const small = (words, key, work, pressed) => h("button", { class: "small", onclick: after(work), "aria-pressed": pressed === undefined ? null : String(pressed) }, h("span", {}, words), h("kbd", {}, key));
  const more = h("div", { class: "bar-more" }, small("↶ Undo", "u", undo), small(state.flag ? "⚑ Flagged" : "⚐ Flag", "f", flag, state.flag), small(state.remark ? "✎ Remark ●" : "Remark", "c", remark, Boolean(state.remark)),
    pairs ? null : [small("Edit", "e", edit, Boolean(state.edit)), small("Redo …", "R", redo)]);
  if (pairs) {
    return [h("div", { class: "bar-verdicts" }, big("Left is better", "←", "choice-side", after(() => said("left"))), big("Neither", "0", "pass", after(() => said("tie"))), big("Right is better", "→", "choice-side", after(() => said("right"))), big("Skip", "space", "pass", after(() => said("skip")))), more];
  }
  return [
    checks(state),
    h("div", { class: "bar-reasons", role: "group", "aria-label": "Reasons" }, reasons.map((words, place) =>
      h("button", { class: "reason", "aria-pressed": String(state.reasons.has(words)), onclick: after(() => reason(place)) }, h("kbd", {}, place + 1), " ", line(words), state.reasons.has(words) ? " ✓" : null))),
    h("div", { class: "bar-verdicts" }, big("✗ Reject", "r", "reject", after(() => said("reject"))), big("Skip", "space", "pass", after(() => said("skip"))), big(state.edit ? "✓ Accept with edit" : "✓ Accept", "a", "accept", after(() => said("accept")))), more];
}

// What the checks say of an edit.
function checks(state) {
  if (state.failing === null) return null;
  if (state.failing === "asked") return h("p", { class: "bar-checks" }, "Taking the checks again …");
  if (typeof state.failing === "string") return h("p", { class: "bar-checks bad" }, "⚠ ", line(state.failing));
  const fresh = state.failing.filter((one) => !state.already.has(one.check));
  const rows = state.failing.map((one) => h("li", {}, sign(one.status), " ", h("b", {}, line(one.check)), one.detail ? [": ", line(one.detail)] : null, state.already.has(one.check) ? h("span", { class: "faint" }, " (before the edit, too)") : null));
  const words = fresh.length ? `✗ Edited: ${many(fresh.length, "check")} ${fresh.length === 1 ? "fails" : "fail"} now` : "✓ Edited: no check fails that did not fail before";
  return h("div", { class: "bar-checks" }, h("b", { class: fresh.length ? "bad" : "good" }, words), rows.length ? h("ul", { class: "plain" }, rows) : null,
    state.refused ? h("p", { class: "bad" }, "With these words it would not be accepted, and the edit would not be carried out: ", line(state.refused)) : null);
}
