// The calls of a sample, with prompt and answer, asked for when they are opened.

import { ask, complain, ofRun } from "./api.js";
import { pretty, toolCall } from "./chat.js";
import { count, fresh, h } from "./dom.js";
import { block, line, pieces } from "./text.js";

export function callsSection(run, place) {
  const inner = h("div", {}, h("p", { class: "hint" }, "Reading …"));
  let asked = false;
  return h("details", { class: "section", ontoggle: async (event) => {
    if (asked || !event.target.open) return;
    asked = true;
    try {
      const calls = await ask(ofRun(run, `/samples/${encodeURIComponent(place)}/calls`));
      fresh(inner, calls.length ? calls.map(call) : h("p", { class: "faint" }, "No call was answered yet."));
    } catch (error) {
      asked = false;
      complain(error);
    }
  } }, h("summary", {}, "Calls: prompts and answers"), inner);
}

function call(one, place) {
  const draws = one.draw || one.backtracks ? ` · draw ${one.draw + 1}${one.backtracks ? ` after backtrack ${one.backtracks}` : ""}` : "";
  const spent = `${count(one.usage.prompt_tokens)} + ${count(one.usage.completion_tokens)} tokens, ${one.latency.toFixed(2)} s${one.requests > 1 ? `, ${one.requests} requests` : ""}${one.usd ? `, $${one.usd.toFixed(6)}` : ""}`;
  const answer = one.answer;
  return h("details", { class: "call" },
    h("summary", {}, h("b", {}, `${place + 1} `, line(one.step)), ` ${draws} · `, line(one.role), one.refused ? h("span", { class: "badge bad" }, "✗ refused") : null,
      h("span", { class: "faint" }, " ", line((answer.content || (answer.tool_calls || []).map((each) => each?.function?.name).join(", ")).slice(0, 100)))),
    h("p", { class: "faint" }, line(one.model), ` · temperature ${one.temperature} · ${spent}`),
    one.messages.map((message) => h("div", { class: "prompt" }, h("b", { class: "faint" }, message.role), block(message.content), (message.tool_calls || []).map(toolCall))),
    one.tools.length ? h("p", { class: "faint" }, `tools: ${one.tools.join(", ")}`) : null,
    h("div", { class: "prompt answer" }, h("b", {}, one.finish === "stop" ? "answer" : `answer, finish: ${one.finish}`),
      answer.content ? block(pretty(answer.content), pieces) : null, (answer.tool_calls || []).map(toolCall)),
    one.refused ? h("p", { class: "why" }, "✗ ", line(one.refused)) : null);
}
