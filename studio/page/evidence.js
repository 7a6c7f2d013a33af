// Evidence line by line, scores, and what a sample cost.

import { bar, count, h } from "./dom.js";
import { line } from "./text.js";
import { sign } from "./verdicts.js";

const ORDER = { FAIL: 0, ERROR: 1, UNVERIFIABLE: 2, PASS: 3 };

export function evidence(sample, toTurn, toSample) {
  const rows = [...sample.evidence].sort((a, b) => ORDER[a.status] - ORDER[b.status]).map((found) => {
    const turn = found.turn ?? null;
    return h("li", { class: `evidence ${found.status.toLowerCase()}` }, sign(found.status),
      h("div", {}, h("b", {}, line(found.check)), h("span", { class: "faint" }, ` v${found.version} ${found.status}`),
        turn === null ? null : [" ", h("button", { class: "link", onclick: () => toTurn(turn) }, `turn ${turn}`)],
        found.detail ? h("div", { class: "detail" }, line(found.detail)) : null));
  });
  const problems = sample.problems.map((one) => h("li", { class: "evidence unverifiable" }, h("span", { class: "sign unsure" }, "!"),
    h("div", {}, line(one.problem), one.turn === null || one.turn === undefined ? null : [" ", h("button", { class: "link", onclick: () => toTurn(one.turn) }, `turn ${one.turn}`)])));
  return h("section", {}, h("h2", {}, `Evidence (${sample.evidence.length})`),
    rows.length ? h("ul", { class: "plain" }, rows) : h("p", { class: "faint" }, "No check was taken."),
    problems.length ? [h("h3", {}, "Problems that no refine step took up"), h("ul", { class: "plain" }, problems)] : null,
    sample.nearest ? h("p", {}, "Nearest sample: ", toSample(sample.nearest), ` at distance ${sample.distance}`) : null);
}

export function scores(sample) {
  const rows = Object.entries(sample.scores);
  if (!rows.length) return null;
  const most = Math.max(5, ...rows.map(([, value]) => value));
  return h("section", {}, h("h2", {}, "Scores"), h("table", { class: "figures" }, h("tbody", {}, rows.map(([name, value]) =>
    h("tr", {}, h("th", { scope: "row" }, line(name)), h("td", { class: "number" }, value), h("td", {}, bar(value, most)))))));
}

export function usage(sample) {
  const rows = Object.entries(sample.usage);
  if (!rows.length) return null;
  return h("section", {}, h("h2", {}, "Cost"), h("table", { class: "figures" },
    h("thead", {}, h("tr", {}, ["role", "calls", "prompt", "cached", "answer"].map((head, place) => h("th", { scope: "col", class: place ? "number" : null }, head)))),
    h("tbody", {}, rows.map(([role, used]) => h("tr", {}, h("th", { scope: "row" }, line(role)),
      [used.calls, used.prompt_tokens, used.cached_tokens, used.completion_tokens].map((number) => h("td", { class: "number" }, count(number))))))),
    h("p", { class: "faint" }, `${sample.revisions} revision${sample.revisions === 1 ? "" : "s"}, seed ${sample.seed}, round ${sample.round}, index ${sample.index}`));
}
