// What a reviewer writes: a remark, advice for another attempt, and other words in place of a message or field.

import { ofRun, post } from "./api.js";
import { h, many, say } from "./dom.js";
import { keep, kept } from "./kept.js";
import { asked } from "./review_dialogs.js";

const LONGEST = 20000;

export async function remark(session) {
  const held = session.deck.now;
  if (!held) return;
  const words = await asked({ title: "Remark", text: session.state.remark, done: "Keep", into: session.view });
  if (words !== null && session.deck.now === held) { session.state.remark = words.trim().slice(0, LONGEST); session.drawBar(); }
  session.sample.focus({ preventScroll: true });
}

export async function redo(session) {
  const held = session.deck.now;
  if (!held || session.pairs) return;
  const others = session.deck.said.filter(({ verdict }) => verdict.said === "reject" && !verdict.redo);
  const also = h("input", { type: "checkbox" });
  const extra = others.length ? h("label", { class: "choice check" }, also, h("span", {}, `the same for ${many(others.length, "sample")} that you rejected here before`)) : null;
  const given = await asked({ title: "Reject, and make it again with this remark", hint: "The writer gets the remark as advice.", text: session.state.remark || kept("redo"), done: "Reject and redo", into: session.view, empty: false, extra });
  session.sample.focus({ preventScroll: true });
  if (given === null || session.deck.now !== held) return;
  const words = given.trim().slice(0, LONGEST);
  keep("redo", words);
  if (also.checked) for (const one of others) session.again(one, { redo: true, remark: words });
  session.said("reject", { redo: true, remark: words });
}

export async function edit(session) {
  const held = session.deck.now;
  if (!held || session.pairs) return;
  const one = held.left;
  const turn = session.at() || session.turns().find((each) => !each.classList.contains("tool"));
  if (!turn || turn.classList.contains("tool")) { say("choose a turn that somebody spoke: j, k"); return; }
  const place = Number(turn.dataset.turn);
  const names = Object.keys(one.fields);
  const [key, title, was] = names.length ? [names[place], names[place], one.fields[names[place]]] : [String(place), `turn ${place - one.offset}`, one.messages[place].content];
  const text = session.state.edit?.[key] ?? was;
  const words = await asked({ title: `Edit ${title}`, hint: "The sample is accepted with your words; checks are taken again.", text, done: "Check and keep", rows: Math.max(4, Math.min(18, Math.ceil(text.length / 70) + text.split("\n").length)), into: session.view });
  session.sample.focus({ preventScroll: true });
  if (words === null || session.deck.now !== held) return;
  const edit = { ...session.state.edit, [key]: words };
  if (words === was) delete edit[key];
  session.state.edit = Object.keys(edit).length ? edit : null;
  session.state.failing = session.state.edit ? "asked" : null;
  session.draw();
  session.toTurn(place);
  if (!session.state.edit) return;
  const { state } = session;
  try {
    const found = await post(ofRun(session.store.run, "/review/check"), { sample: held.sample, content: held.content, edit: state.edit });
    state.failing = found.failing;
    state.already = new Set(found.already);
    state.refused = found.refused;
  } catch (error) {
    state.failing = error.message;
  }
  if (session.state === state) { session.drawBar(); say(Array.isArray(state.failing) && !state.failing.length ? "no check fails" : "look at the checks"); }
}
