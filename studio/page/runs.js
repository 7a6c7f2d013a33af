// The list of runs.

import { ask } from "./api.js";
import { count, fresh, h } from "./dom.js";
import { setKeys } from "./keys.js";
import { address, go } from "./main.js";
import { line } from "./text.js";
import { sign } from "./verdicts.js";

export async function runs(view) {
  let lines = await ask("/runs");
  let at = 0;
  const body = h("tbody");
  const title = h("h1", {}, "Runs");
  fresh(view, title, h("div", { class: "wide" }, h("table", { class: "runs" },
    h("thead", {}, h("tr", {}, ["Run", "Scenario", "Model", "Accepted", "Rejected", "Undecided", "State", "Changed"].map((head, place) =>
      h("th", { scope: "col", class: place > 2 && place < 6 ? "number" : null }, head)))), body)));

  function draw() {
    title.textContent = lines.length === 1 ? "1 run" : `${count(lines.length)} runs`;
    fresh(body, lines.map((run, place) => row(run, place === at)));
    if (!lines.length) fresh(body, h("tr", {}, h("td", { colspan: 8 }, "There is no run here yet. python -m graphs.run scenario=support makes one.")));
  }

  function move(step) {
    at = Math.max(0, Math.min(lines.length - 1, at + step));
    [...body.children].forEach((one, place) => one.classList.toggle("at", place === at));
    body.children[at]?.querySelector("a")?.focus();
    body.children[at]?.scrollIntoView({ block: "nearest" });
  }

  draw();
  setKeys([
    ["j ArrowDown", "next run", () => move(1)],
    ["k ArrowUp", "previous run", () => move(-1)],
    ["Enter", "open the run", () => lines[at] && !lines[at].error && go(lines[at].id, lines[at].review_only ? "review" : "")],
  ]);
  return {
    leave() {},
    async changed() {
      const now = await ask("/runs");
      if (JSON.stringify(now) !== JSON.stringify(lines)) {
        const focused = body.contains(document.activeElement);
        lines = now;
        draw();
        if (focused) move(0);
      }
      return lines.some((run) => run.running);
    },
  };
}

function row(run, here) {
  if (run.error) {
    return h("tr", { class: here ? "at" : null }, h("td", {}, line(run.name)), h("td", { colspan: 7, class: "broken" }, "⚠ ", line(run.error)));
  }
  if (run.review_only) {
    return h("tr", { class: here ? "at" : null }, h("td", {}, h("a", { href: address(run.id, "review") }, line(run.name))), h("td", { colspan: 7 }, line(run.scenario), ", to review"));
  }
  const state = run.running ? h("span", { class: "live" }, `running, ${count(run.under_way)} under way`) : run.stopped_by ? line(STOPPED[run.stopped_by] || `stopped: ${run.stopped_by}`) : "not ended";
  const wanted = run.wanted ? ` of ${count(run.wanted)}` : "";
  return h("tr", { class: here ? "at" : null },
    h("td", {}, h("a", { href: address(run.id) }, line(run.name))),
    h("td", {}, line(run.scenario.split("/").slice(-2).join("/"), { title: run.scenario })), h("td", {}, run.models.map((model, place) => [place ? ", " : "", line(model)])),
    h("td", { class: "number" }, sign("accepted"), ` ${count(run.accepted)}${wanted}`),
    h("td", { class: "number" }, run.rejected ? [sign("rejected"), ` ${count(run.rejected)}`] : "0"),
    h("td", { class: "number" }, run.undecided ? [sign("undecided"), ` ${count(run.undecided)}`] : "0"),
    h("td", {}, state), h("td", {}, run.changed ? new Date(run.changed * 1000).toLocaleString() : ""));
}

const STOPPED = { target: "done" };
