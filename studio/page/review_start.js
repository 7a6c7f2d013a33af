// Before a review: who looks, at what, and the reasons on the digits.

import { ask, complain, ofRun } from "./api.js";
import { count, fresh, h, wait } from "./dom.js";
import { keep, kept, storage } from "./kept.js";
import { keepReasons, reasonsOf } from "./reasons.js";

export const QUEUES = {
  audit: ["Audit", "Drawn at random; checks and scores are hidden. Only these verdicts say how good the whole set is."],
  routed: ["Doubtful", "What checks, judges or signals doubt, the most doubtful first, with their reasons beside it."],
  pairs: ["Pairs", "Two samples side by side: which one is better?"],
  adjudicate: ["Disputed", "What reviewers see differently."],
};

// `begin({reviewer, queue, seed, goal})` goes on once all is chosen.
export function start(view, store, begin) {
  let queue = kept("queue", "audit");
  if (!QUEUES[queue]) queue = "audit";
  let kind = "conversation";
  const name = h("input", { id: "reviewer", value: kept("reviewer"), maxlength: 80, required: true, autocomplete: "name", placeholder: "your name", oninput: wait(300, look) });
  const known = h("datalist", { id: "reviewers" });
  name.setAttribute("list", "reviewers");
  const seed = h("input", { type: "number", min: 0, max: 999999999, step: 1, value: kept("seed", "0") });
  const goal = h("input", { type: "number", min: 0.1, max: 50, step: 0.1, value: kept("goal", "5") });
  const only = h("div", { class: "start-only" },
    h("label", { class: "choice" }, h("span", {}, "Seed of the draw: all who audit one set use the same"), seed),
    h("label", { class: "choice" }, h("span", {}, "Goal: at most so many per cent flawed"), goal));
  const counts = new Map(Object.keys(QUEUES).map((key) => [key, h("span", { class: "queue-count" })]));
  const cards = Object.entries(QUEUES).map(([key, [title, words]], place) => h("label", { class: "queue" },
    h("input", { type: "radio", name: "queue", value: key, checked: key === queue, onchange: () => { queue = key; seen(); } }),
    h("span", { class: "queue-words" }, h("span", { class: "queue-title" }, h("b", {}, title), h("kbd", {}, place + 1), counts.get(key)), h("span", { class: "faint" }, words))));
  const reasons = h("textarea", { rows: 9, spellcheck: "true", "aria-label": "Reasons, one a line" });
  const fill = () => { reasons.value = reasonsOf(storage, store.line?.scenario, kind).join("\n"); };

  function seen() {
    only.hidden = queue !== "audit" && queue !== "pairs";
    goal.parentElement.hidden = queue !== "audit";
  }

  async function look() {
    const who = name.value.trim() || "nobody yet";
    const people = new Set();
    await Promise.all([...counts].map(async ([key, box]) => {
      try {
        const found = await ask(ofRun(store.run, `/review/next?${new URLSearchParams({ reviewer: who, queue: key, seed: seed.value || "0", count: "0" })}`));
        box.textContent = found.progress.left ? `${count(found.progress.left)} left` : "nothing left";
        for (const one of Object.keys(found.progress.reviewers)) people.add(one);
        const other = found.conversation ? "conversation" : "fields";
        if (other !== kind || !reasons.value) { kind = other; fill(); }
        complain(null);
      } catch (error) {
        fresh(box, "—");
        box.title = error.message;
        if (!error.status) complain(error);
      }
    }));
    fresh(known, [...people].map((one) => h("option", { value: one })));
  }

  function go(event) {
    event.preventDefault();
    const reviewer = name.value.trim().replace(/\s+/g, " ");
    if (!reviewer) { name.focus(); return; }
    const told = { reviewer, queue, seed: String(Math.max(0, Math.floor(Number(seed.value) || 0))), goal: String(Number(goal.value) || 5) };
    for (const [key, value] of Object.entries(told)) keep(key, value);
    keepReasons(storage, store.line?.scenario, kind, reasons.value.split("\n"));
    begin(told);
  }

  fresh(view, h("form", { class: "start", onsubmit: go },
    h("h1", {}, "Review"),
    h("label", { class: "start-name" }, h("b", {}, "Who are you?"), name, known, h("span", { class: "faint" }, "Your name stands beside every verdict; this browser remembers it.")),
    h("fieldset", {}, h("legend", {}, "What do you look at?"), cards), only,
    h("details", { class: "start-reasons" }, h("summary", {}, "Reasons on the keys 1 to 9"), h("p", { class: "faint" }, "One a line; the first nine count. An empty list brings the first ones back."), reasons),
    h("p", {}, h("button", { class: "go" }, "Begin ", h("kbd", {}, "Enter")))));
  seen();
  look();
  (name.value ? cards.find((one) => one.querySelector("input").checked).querySelector("input") : name).focus();
  return ["1 2 3 4", "choose a queue", (key) => { const input = cards[Number(key) - 1].querySelector("input"); input.checked = true; input.focus(); queue = input.value; seen(); }];
}
