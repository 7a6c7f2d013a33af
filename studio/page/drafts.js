// Versions that a refine step replaced, with what changed, and draws that were refused.

import { toolCall } from "./chat.js";
import { changes } from "./diff.js";
import { h } from "./dom.js";
import { block, line } from "./text.js";

export function draftsSection(sample) {
  if (!sample.drafts.length) return null;
  const versions = [...sample.drafts, { messages: sample.messages.slice(sample.offset), fields: sample.fields }];
  return h("details", { class: "section" }, h("summary", {}, `Drafts (${sample.drafts.length}) and what changed`),
    sample.drafts.map((draft, place) => h("article", { class: "draft" },
      h("h3", {}, line(draft.step), ": asked to correct"),
      draft.problems.length ? h("ul", {}, draft.problems.map((one) => h("li", {}, one.check ? [h("b", {}, line(one.check)), ": "] : null, line(one.problem),
        one.turn === null || one.turn === undefined ? null : h("span", { class: "faint" }, ` (turn ${one.turn})`)))) : h("p", { class: "faint" }, "no problem is named"),
      h("h3", {}, "what changed"), compared(versions[place], versions[place + 1]))));
}

function compared(before, after) {
  const rows = [];
  const [old, now] = [parts(before), parts(after)];
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(key) ?? "", now.get(key) ?? ""];
    if (was === is) continue;
    rows.push(h("div", { class: "change" }, h("b", {}, line(key)), h("div", { class: "words", dir: "auto" }, changes(was.slice(0, 50000), is.slice(0, 50000)))));
  }
  const same = [...now].filter(([key, text]) => old.get(key) === text).length;
  return [rows, rows.length ? null : h("p", { class: "faint" }, "nothing"), same ? h("p", { class: "faint" }, `${same} stayed as they were`) : null];
}

function parts(version) {
  const found = new Map();
  (version.messages || []).forEach((message, place) => {
    const calls = (message.tool_calls || []).map((call) => `calls ${call?.function?.name} ${call?.function?.arguments}`);
    found.set(`turn ${place} ${message.name || message.role}`, [message.content, ...calls].filter(Boolean).join("\n"));
  });
  for (const [name, text] of Object.entries(version.fields || {})) found.set(name, text);
  return found;
}

export function refusedSection(sample) {
  if (!sample.refused.length) return null;
  return h("details", { class: "section" }, h("summary", {}, `Refused draws (${sample.refused.length})`),
    sample.refused.map((one) => h("article", { class: "draft" },
      h("p", {}, "✗ ", h("b", {}, line(one.check)), one.also.length ? h("span", { class: "faint" }, ` also ${one.also.join(", ")}`) : null,
        h("span", { class: "faint" }, one.field ? ` field ${one.field}` : ` turn ${one.place}`, one.step ? ` · ${one.step}` : "")),
      block(one.problem, undefined, { class: "detail" }), one.said ? h("blockquote", {}, block(one.said)) : null, one.tool_calls.map(toolCall))));
}
