// A conversation as a chat, and fields as texts.

import { h } from "./dom.js";
import { markdown } from "./markdown.js";
import { block, line, pieces } from "./text.js";

const SIDES = { user: "left", assistant: "right", system: "whole", tool: "tool" };

export function conversation(sample, failing, marked) {
  const calls = callsOf(sample.messages);
  const hidden = hiddenBefore(sample);
  const turns = sample.messages.flatMap((message, place) => [
    ...(hidden.get(place - sample.offset) || []).map(privateCall),
    turn(message, place, sample, failing.get(place), marked, calls),
  ]);
  const after = [...hidden].filter(([before]) => before >= sample.messages.length - sample.offset).flatMap(([, some]) => some.map(privateCall));
  return h("div", { class: "chat" }, turns, after, sample.ending ? h("p", { class: "ending" }, `ended: ${sample.ending}`) : null);
}

function turn(message, place, sample, faults, marked, calls) {
  const number = place - sample.offset;
  if (message.role === "tool") return tool("result", message, sample, number, place, faults, calls);
  const name = message.name || message.role;
  const says = message.content ? block(message.content, marked ? markdown : pieces) : null;
  return h("article", { class: `turn ${SIDES[message.role] || "left"}${faults ? " fault" : ""}`, "data-turn": place, tabindex: -1 },
    h("header", {}, h("b", {}, line(name)), message.name && message.name !== message.role ? h("span", { class: "faint" }, ` ${message.role}`) : null,
      h("span", { class: "number faint" }, number >= 0 ? `turn ${number}` : "")),
    message.role === "system" ? h("details", {}, h("summary", {}, "system message"), says) : says,
    (message.tool_calls || []).map((call) => toolCall(call)),
    message.cites?.length ? h("p", { class: "cites" }, "rests on ", message.cites.map((cite, at) => [at ? ", " : "", line(cite)])) : null,
    blame(faults));
}

export function blame(faults) {
  if (!faults) return null;
  return h("ul", { class: "blame" }, faults.map((found) => h("li", {}, "✗ ", h("b", {}, line(found.check)), found.detail ? [": ", line(found.detail)] : null)));
}

export function toolCall(call) {
  const called = call?.function || {};
  const told = typeof called.arguments === "string" ? called.arguments : JSON.stringify(called.arguments ?? call);
  return h("details", { class: "tool" }, h("summary", {}, "calls ", h("code", {}, line(called.name || "?")), h("span", { class: "faint" }, " ", line(told.slice(0, 120)))),
    block(pretty(told), pieces, { class: "code" }));
}

function tool(what, message, sample, number, place, faults, calls) {
  const grade = sample.grades[message.tool_call_id];
  return h("article", { class: `turn tool${faults ? " fault" : ""}`, "data-turn": place, tabindex: -1 },
    h("details", { class: "tool" }, h("summary", {}, `${what} of `, h("code", {}, line(message.name || calls.get(message.tool_call_id) || message.tool_call_id || "a tool")),
      grade ? h("span", { class: "badge faint" }, grade) : null, h("span", { class: "faint" }, ` turn ${number} `, line(message.content.slice(0, 120)))),
    block(pretty(message.content), pieces, { class: "code" })), blame(faults));
}

function privateCall(call) {
  return h("article", { class: "turn tool private" }, h("details", { class: "tool" },
    h("summary", {}, "the user's own call, which the assistant does not see: ", h("code", {}, line(call.action.tool))),
    block(pretty(JSON.stringify(call.action.arguments)), pieces, { class: "code" }), block(pretty(call.result), pieces, { class: "code" })));
}

function hiddenBefore(sample) {
  const found = new Map();
  for (const call of sample.private_calls) found.set(call.before, [...(found.get(call.before) || []), call]);
  return found;
}

function callsOf(messages) {
  const found = new Map();
  for (const message of messages) for (const call of message.tool_calls || []) if (call?.id) found.set(call.id, call.function?.name);
  return found;
}

// JSON with its parts on lines of their own; other text as it is.
export function pretty(text) {
  if (text.length > 200000) return text;
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? JSON.stringify(value, null, 2) : text;
  } catch {
    return text;
  }
}

export function fields(sample, failing, marked) {
  return h("div", { class: "fields" }, Object.entries(sample.fields).map(([name, text], place) =>
    h("article", { class: `field turn whole${failing.has(place) ? " fault" : ""}`, "data-turn": place, tabindex: -1 },
      h("header", {}, h("b", {}, line(name))), fieldText(name, text, marked),
      blame(failing.get(place)))));
}

function fieldText(name, text, marked) {
  const nested = pretty(text);
  if (nested !== text) return block(nested, pieces, { class: "code" });
  const code = /^(code|program|function|tests?|hidden_tests)$/i.test(name) || /^(def|class|import|from) .+/m.test(text);
  return block(text, marked && !code ? markdown : pieces, code ? { class: "code" } : {});
}
