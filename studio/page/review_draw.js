// One item of a queue as a reviewer sees it.

import { conversation, fields } from "./chat.js";
import { fresh, h } from "./dom.js";
import { evidence, scores } from "./evidence.js";
import { plan } from "./plan.js";
import { line } from "./text.js";

// A copy of a sample with the reviewer's words in place of others.
function edited(one, edit) {
  if (!edit) return one;
  if (Object.keys(one.fields).length) return { ...one, fields: { ...one.fields, ...edit } };
  return { ...one, messages: one.messages.map((message, place) => (place in edit ? { ...message, content: edit[place] } : message)) };
}

function failing(one) {
  const found = new Map();
  for (const each of one.evidence) {
    if (each.turn !== null && each.turn !== undefined && each.status === "FAIL") found.set(each.turn + one.offset, [...(found.get(each.turn + one.offset) || []), each]);
  }
  return found;
}

function text(one, marked) {
  if (one.messages.length) return conversation(one, failing(one), marked);
  return Object.keys(one.fields).length ? fields(one, failing(one), marked) : h("p", { class: "hint" }, "It has no text.");
}

const name = (id) => line(id, { class: "plain-id" });

export function single(box, held, state, toTurn) {
  const one = edited(held.left, state.edit);
  const blind = held.queue === "audit";
  const body = h("div", { class: "sample-main" }, text(one, state.marked));
  const aside = h("aside", { class: "sample-aside", "aria-label": blind ? "Plan" : "Plan and evidence" },
    held.why ? h("section", { class: "doubt" }, h("h2", {}, held.queue === "adjudicate" ? "What was said" : "Why it is here"), h("p", {}, line(held.why))) : null,
    plan(one, name), blind ? null : [evidence(one, (turn) => toTurn(turn + one.offset), name), scores(one)]);
  fresh(box, h("div", { class: "sample-body" }, body, aside));
  marks(box, one, state);
}

export function pair(box, held, state) {
  const shared = JSON.stringify(held.left.brief) === JSON.stringify(held.right.brief);
  const side = (one, words, key) => h("section", { class: "pair-side", "aria-label": words },
    h("h2", {}, h("kbd", {}, key), words), text(one, state.marked),
    shared ? null : h("details", { class: "section" }, h("summary", {}, "Plan"), plan(one, name)));
  fresh(box, h("div", { class: "pair" }, side(held.left, " Left", "←"), side(held.right, " Right", "→")),
    shared ? h("div", { class: "pair-plan" }, plan(held.left, name)) : null);
}

// The reviewer's mark and edits on the turns.
export function marks(box, one, state) {
  for (const turn of box.querySelectorAll(".turn[data-turn]")) {
    const place = Number(turn.dataset.turn);
    turn.classList.toggle("marked", state.turn !== null && place === state.turn + one.offset);
    turn.querySelector(":scope > .mark")?.remove();
    const key = Object.keys(one.fields).length ? Object.keys(one.fields)[place] : String(place);
    const words = [turn.classList.contains("marked") ? "⚑ the fault is here" : "", state.edit && key in state.edit ? "✎ edited" : ""].filter(Boolean);
    if (words.length) turn.append(h("p", { class: "mark" }, words.join(" · ")));
  }
}
