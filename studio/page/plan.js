// What was planned before anybody spoke: the cell, the scene, what each side wants and knows.

import { h } from "./dom.js";
import { block, line } from "./text.js";

export function plan(sample, toSample) {
  const brief = sample.brief;
  return h("section", {}, h("h2", {}, "Plan"),
    pairs(brief.cell), brief.language && brief.language !== "English" && !brief.cell.language ? pairs({ language: brief.language }) : null,
    sample.scene ? scene(sample.scene) : null,
    sample.scene ? null : part("Goals", pairs(brief.goals)), part("Facts", pairs(brief.facts)),
    brief.parent ? [h("h3", {}, "Evolves"), h("p", {}, toSample(brief.parent)), block(brief.parent_text)] : null,
    brief.tasks.length ? tasks(brief) : null,
    brief.turns.length ? [h("h3", {}, "Planned turns"), h("ol", {}, brief.turns.map((turn) => h("li", {}, line(turn))))] : null,
    Object.entries(brief.texts).map(([name, text]) => fold(name, text)),
    brief.passages.length ? part("Passages", h("p", {}, brief.passages.map((one, place) => [place ? ", " : "", line(one)]))) : null,
    brief.avoid.length ? [h("h3", {}, "Not again"), h("ul", {}, brief.avoid.map((one) => h("li", {}, line(one))))] : null,
    brief.peers.length ? part("Shown as demonstrations", h("p", {}, brief.peers.map((one, place) => [place ? ", " : "", toSample(one)]))) : null,
    sample.lineage.length ? part("Lineage", h("p", {}, sample.lineage.map((one, place) => [place ? " ← " : "", toSample(one)]))) : null);
}

const part = (title, inner) => (inner ? [h("h3", {}, title), inner] : null);

function pairs(values) {
  const rows = Object.entries(values || {}).filter(([, value]) => value);
  if (!rows.length) return null;
  return h("dl", { class: "pairs" }, rows.map(([name, value]) => [h("dt", {}, line(name)), h("dd", { dir: "auto" }, block(value))]));
}

function fold(name, text) {
  if (!text) return null;
  if (text.length < 240) return [h("h3", {}, line(name)), block(text)];
  return h("details", { class: "text" }, h("summary", {}, h("b", {}, line(name)), h("span", { class: "faint" }, " ", line(text.slice(0, 80)))), block(text));
}

function scene(found) {
  return [h("h3", {}, "Scene"), block(found.situation), found.outcome ? [h("h3", {}, "How it is to end"), block(found.outcome)] : null,
    Object.entries(found.parts).map(([who, one]) => h("div", { class: "part" }, h("h3", {}, "Private to ", line(who)),
      one.goal ? block(one.goal) : null,
      one.facts.length ? h("dl", { class: "pairs" }, one.facts.map((fact) => [h("dt", {}, line(fact.what)), h("dd", {}, line(fact.value), fact.said ? null : h("span", { class: "faint" }, " need not be said"))])) : null)),
    found.looked?.length ? [h("h3", {}, "Looked up"), h("ul", {}, found.looked.map((one) => h("li", {}, h("code", {}, line(`${one.name} ${one.arguments}`)))))] : null];
}

function tasks(brief) {
  return [h("h3", {}, "Task"), pairs({ user: brief.user, ...brief.knows }), brief.tasks.map((goal) => h("div", { class: "part" },
    h("p", {}, line(goal.wants)), goal.refusal ? h("p", {}, "to be refused: ", line(goal.refusal)) : null,
    goal.actions.length ? h("ol", { class: "actions" }, goal.actions.map((action) => h("li", {}, h("code", {}, line(`${action.side === "user" ? "user: " : ""}${action.tool} ${JSON.stringify(action.arguments)}`))))) : null,
    goal.tell.length ? h("p", {}, "to be told: ", goal.tell.map((one, place) => [place ? "; " : "", line(one.what)])) : null))];
}
