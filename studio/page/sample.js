// One sample: its conversation or fields, beside them evidence and plan, below them drafts, refused draws and calls.

import { Refused, ask, complain, ofRun } from "./api.js";
import { callsSection } from "./calls.js";
import { conversation, fields } from "./chat.js";
import { draftsSection, refusedSection } from "./drafts.js";
import { fresh, h } from "./dom.js";
import { address } from "./main.js";
import { people } from "./people.js";
import { plan } from "./plan.js";
import { evidence, scores, usage } from "./evidence.js";
import { line } from "./text.js";
import { badge } from "./verdicts.js";

// A sample of the run by its id, as a link; of another run, only its id.
function toSample(store, id) {
  const row = store.rows.find((one) => one.id === id);
  return row ? h("a", { href: address(store.run, "samples", row.place) }, line(id)) : line(id);
}

export class SampleView {
  // `move(step)` goes to another sample of the list, `back()` to the list itself.
  constructor(store, move, back) {
    this.run = store.run;
    this.to = (id) => toSample(store, id);
    this.move = move;
    this.back = back;
    this.element = h("section", { class: "sample", tabindex: -1, "aria-label": "Sample" });
    this.place = "";
    this.drawn = "";
    this.marked = true;
    this.asking = null;
    this.sample = null;
    this.close();
  }

  close() {
    this.place = "";
    this.drawn = "";
    fresh(this.element, h("p", { class: "hint" }, "Choose a sample: j and k go through the list, Enter reads, ? shows all keys."));
  }

  async open(place, row) {
    if (this.place === place) return;
    this.place = place;
    this.drawn = JSON.stringify(row);
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const sample = await ask(ofRun(this.run, `/samples/${encodeURIComponent(place)}`), this.asking.signal);
      if (this.place !== place) return;
      this.sample = sample;
      this.people = null;
      this.draw();
      this.element.scrollTop = 0;
      complain(null);
      this.people = await people(this.run, sample.id);
      if (this.place === place && this.people) this.element.querySelector(".sample-aside").prepend(this.people);
    } catch (error) {
      if (error.name === "AbortError") return;
      fresh(this.element, h("p", { class: "broken" }, "⚠ this sample cannot be shown: ", line(error.message)));
      complain(error instanceof Refused ? null : error);
    }
  }

  refresh(row) {
    if (row && JSON.stringify(row) !== this.drawn) {
      const place = this.place;
      this.place = "";
      this.open(place, row);
    }
  }

  draw() {
    const one = this.sample;
    const calls = callsSection(this.run, this.place);
    this.calls = calls;
    this.drafts = draftsSection(one);
    const failing = new Map();
    for (const found of one.evidence) {
      if (found.turn !== null && found.turn !== undefined && found.status === "FAIL") {
        failing.set(found.turn + one.offset, [...(failing.get(found.turn + one.offset) || []), found]);
      }
    }
    fresh(this.element,
      h("header", { class: "sample-head" },
        h("div", { class: "turning" }, h("button", { class: "quiet", onclick: this.back }, "‹ list"),
          h("button", { class: "quiet", onclick: () => this.move(-1), "aria-label": "previous sample" }, "↑"), h("button", { class: "quiet", onclick: () => this.move(1), "aria-label": "next sample" }, "↓")),
        h("h1", {}, badge(one.verdict), " ", line(one.id, { class: "id" }), one.final ? null : h("span", { class: "faint" }, " provisional")),
        one.reason ? h("p", { class: "why" }, h("strong", {}, line(one.stage ? `${one.stage}: ${one.reason}` : one.reason)), one.detail ? [" — ", line(one.detail)] : null) : null,
        one.failure ? h("p", { class: "why" }, `The machinery failed in ${one.failure.stage}: `, line(`${one.failure.reason}: ${one.failure.detail}`)) : null),
      h("div", { class: "sample-body" },
        h("div", { class: "sample-main" },
          one.messages.length ? conversation(one, failing, this.marked) : null,
          Object.keys(one.fields).length ? fields(one, failing, this.marked) : null,
          !one.messages.length && !Object.keys(one.fields).length ? h("p", { class: "hint" }, one.verdict === "under way" ? "It is being made; its calls so far are below." : "Nothing was made.") : null,
          this.drafts, refusedSection(one), calls),
        h("aside", { class: "sample-aside", "aria-label": "Evidence and plan" },
          this.people, evidence(one, (turn) => this.toTurn(turn + one.offset), this.to), scores(one), plan(one, this.to), usage(one))));
  }

  toTurn(place) {
    const turn = this.element.querySelector(`[data-turn="${place}"]`);
    turn?.scrollIntoView({ block: "center" });
    turn?.focus({ preventScroll: true });
  }

  nextFault() {
    const turns = [...this.element.querySelectorAll(".turn.fault")];
    const at = turns.indexOf(document.activeElement);
    const next = turns[(at + 1) % turns.length];
    if (next) this.toTurn(next.dataset.turn);
  }

  open1(section) {
    if (!section) return;
    section.open = !section.open;
    if (section.open) section.scrollIntoView({ block: "start" });
    section.querySelector("summary").focus({ preventScroll: true });
  }

  keys() {
    return [
      ["n", "next turn at fault", () => this.nextFault()],
      ["d", "drafts and what changed", () => this.open1(this.drafts)],
      ["l", "calls with prompt and answer", () => this.open1(this.calls)],
      ["x", "open or fold all tool calls", () => this.foldTools()],
      ["m", "Markdown, or the text as it stands", () => { this.marked = !this.marked; if (this.sample) this.draw(); }],
    ];
  }

  foldTools() {
    const tools = [...this.element.querySelectorAll("details.tool")];
    const open = tools.some((one) => !one.open);
    for (const one of tools) one.open = open;
  }
}
