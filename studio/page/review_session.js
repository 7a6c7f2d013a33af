// One reviewer at one queue: the item at hand, the next ones, and what was said.

import { ask, complain, ofRun } from "./api.js";
import { Deck } from "./deck.js";
import { h, fresh, say } from "./dom.js";
import { setKeys } from "./keys.js";
import { kept, storage } from "./kept.js";
import { go } from "./main.js";
import { Keys } from "./outbox.js";
import { reasonsOf } from "./reasons.js";
import { status, verdictBar } from "./review_bar.js";
import { marks, pair, single } from "./review_draw.js";
import { sessionKeys } from "./review_keys.js";
import { edit, redo, remark } from "./review_words.js";

const AHEAD = 6;
const LOW = 4;
const MOST = 150;
const names = new Keys();

export class Session {
  constructor(view, store, box, queue) {
    Object.assign(this, { view, store, box, queue, pairs: queue === "pairs", deck: new Deck(), seconds: [], progress: null, asking: null, over: false, left: false });
    this.work = { reviewer: kept("reviewer"), queue, seed: kept("seed", "0"), goal: String(Number(kept("goal", "5")) / 100) };
    this.marked = true;
    this.sample = h("section", { class: "sample review-sample", tabindex: -1, "aria-label": "Sample to review" });
    this.strip = h("header", { class: "review-strip" });
    this.bar = h("footer", { class: "review-bar", "aria-label": "Verdict" });
    this.bar.addEventListener("click", () => { if (!document.querySelector("dialog[open]")) this.sample.focus({ preventScroll: true }); });
    this.sample.addEventListener("click", (event) => this.clicked(event));
    fresh(view, h("div", { class: "review" }, this.strip, this.sample, this.bar));
    view.classList.add("full");
    box.listener = () => this.told();
  }

  async begin() {
    setKeys(this.keys());
    await this.fetch();
    if (this.left) return;
    this.reasons = this.pairs ? [] : reasonsOf(storage, this.store.line?.scenario, this.conversation ? "conversation" : "fields");
    this.show();
  }

  leave() {
    this.left = true;
    this.box.listener = null;
    clearTimeout(this.looking);
  }

  // More items, and how far the queue is.
  async fetch(items = AHEAD) {
    if (this.asking) return this.asking;
    const query = new URLSearchParams({ ...this.work, count: String(items) });
    for (const id of [...this.deck.held(), ...this.box.waiting.filter((one) => one.said !== "undo").map((one) => one.sample)].slice(-MOST)) query.append("held", id);
    this.asking = ask(ofRun(this.store.run, `/review/next?${query}`)).then((found) => {
      this.progress = found.progress;
      this.conversation = found.conversation;
      this.over = items > 0 && !found.items.length && !this.deck.again();
      if (this.deck.put(found.items) && !this.left) { if (this.reasons) this.show(); }
      complain(null);
    }).catch((error) => { if (!this.left) complain(error); }).finally(() => { this.asking = null; });
    await this.asking;
    if (!this.left) this.status();
  }

  // The outbox saved something, or could not.
  told() {
    this.status();
    clearTimeout(this.looking);
    if (!this.box.waiting.length) this.looking = setTimeout(() => { if (!this.left) this.fetch(this.deck.waiting.length < LOW && !this.over ? AHEAD : 0); }, 60);
  }

  status() {
    const later = this.box.saved.filter((one) => one.number > (this.progress?.lines || 0)).map((one) => one.verdict);
    const unseen = [...later, ...this.box.waiting].filter((one) => one.queue === this.queue && one.reviewer === this.work.reviewer);
    fresh(this.strip, status({ queue: this.queue, who: this.work.reviewer, progress: this.progress, unseen, box: this.box, seconds: this.seconds, last: this.deck.said.at(-1)?.verdict, goal: this.work.goal, again: () => go(this.store.run, "review") }));
  }

  show(verdict = null) {
    const held = this.deck.now;
    this.state = { flag: verdict?.flag || false, reasons: new Set(verdict?.reasons || []), turn: verdict?.turn ?? null, remark: verdict?.remark || "", edit: verdict?.edit || null, marked: this.marked, failing: null };
    this.since = performance.now();
    if (!held) {
      fresh(this.sample, this.asking && !this.over ? h("p", { class: "hint" }, "Reading …") : h("div", { class: "all-done" }, h("h1", {}, "Nothing is left in this queue"),
        h("p", { class: "faint" }, h("kbd", {}, "u"), " goes back to the last one."), h("button", { class: "go", onclick: () => go(this.store.run, "review") }, "Choose another queue ", h("kbd", {}, "Esc"))));
      fresh(this.bar);
    } else this.draw();
    this.status();
    this.sample.scrollTop = 0;
    this.sample.focus({ preventScroll: true });
  }

  draw() {
    const held = this.deck.now;
    if (this.pairs) pair(this.sample, held, this.state);
    else single(this.sample, held, this.state, (place) => this.toTurn(place));
    this.drawBar();
  }

  drawBar() {
    fresh(this.bar, verdictBar({ pairs: this.pairs, state: this.state, reasons: this.reasons, said: (word) => this.said(word), undo: () => this.undo(), flag: () => this.flag(), edit: () => this.edit(), redo: () => this.redo(), remark: () => this.remark(), reason: (place) => this.reason(place) }));
  }

  said(word, more = {}) {
    const held = this.deck.now;
    if (!held) return;
    const seconds = Math.min(86400, (performance.now() - this.since) / 1000);
    const verdict = { reviewer: this.work.reviewer, queue: held.queue, sample: held.sample, against: held.against, content: held.content, said: word, key: names.next(),
      flag: this.state.flag, reasons: [...this.state.reasons], turn: this.state.turn, remark: this.state.remark, repeat: held.repeat, seed: held.seed,
      seconds: Math.round(seconds * 1000) / 1000, ...(word === "accept" && this.state.edit ? { edit: this.state.edit } : {}), ...more };
    if (word !== "skip") this.seconds.push(seconds);
    this.deck.say(verdict);
    this.show();
    this.box.add(verdict);
    say(`${WORDS[word] || word}; ${this.deck.now ? "the next one is here" : "nothing is left"}`);
    if (this.deck.waiting.length < LOW && !this.over) this.fetch();
  }

  // Say what was said before with something more: the later word replaces the earlier one.
  again(said, more) {
    said.verdict = { ...said.verdict, ...more, key: names.next() };
    this.box.add(said.verdict);
  }

  async undo() {
    let before = null;
    if (!this.deck.said.length) before = await this.earlier();
    const verdict = this.deck.back(before);
    if (!verdict) { say("there is nothing to take back"); return; }
    const { reviewer, queue, sample, against, content } = verdict;
    this.seconds.pop();
    this.show(verdict);
    this.box.add({ reviewer, queue, sample, against: against || "", content, said: "undo", key: names.next(), undoes: verdict.key });
    say("taken back");
  }

  // What was said before this page was opened.
  async earlier() {
    try {
      const found = await ask(ofRun(this.store.run, `/review/last?${new URLSearchParams(this.work)}`));
      return found.item ? found : null;
    } catch (error) {
      complain(error);
      return null;
    }
  }

  clicked(event) {
    const turn = event.target.closest(".turn[data-turn]");
    if (!turn || this.pairs || event.target.closest("button, a, summary") || String(getSelection())) return;
    this.mark(Number(turn.dataset.turn));
  }

  mark(place) {
    const one = this.deck.now?.left;
    if (!one || this.pairs) return;
    const turn = place - one.offset;
    if (turn < 0) { say("a system message has no number"); return; }
    this.state.turn = this.state.turn === turn ? null : turn;
    marks(this.sample, one, this.state);
    say(this.state.turn === null ? "no turn is marked" : `turn ${turn} is marked`);
  }

  turns() { return [...this.sample.querySelectorAll(".turn[data-turn]")]; }

  // The turn that a reader is at: that of the keyboard, or the one marked.
  at() {
    const own = document.activeElement?.closest?.(".turn[data-turn]");
    return own || this.turns().find((one) => one.classList.contains("marked")) || null;
  }

  move(step) {
    const turns = this.turns();
    const from = turns.indexOf(this.at());
    const next = turns[Math.max(0, Math.min(turns.length - 1, from < 0 ? (step > 0 ? 0 : turns.length - 1) : from + step))];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
  }

  toTurn(place) {
    const turn = this.sample.querySelector(`[data-turn="${place}"]`);
    turn?.scrollIntoView({ block: "center" });
    turn?.focus({ preventScroll: true });
  }

  flag() { this.state.flag = !this.state.flag; this.drawBar(); say(this.state.flag ? "flagged" : "no flag"); }

  reason(place) {
    const words = this.reasons[place];
    if (!words || !this.deck.now) return;
    if (!this.state.reasons.delete(words)) this.state.reasons.add(words);
    this.drawBar();
    say(this.state.reasons.has(words) ? words : `not: ${words}`);
  }

  remark() { return remark(this); }

  redo() { return redo(this); }

  edit() { return edit(this); }

  keys() { return sessionKeys(this); }
}

const WORDS = { accept: "accepted", reject: "rejected", skip: "skipped", left: "left", right: "right", tie: "neither" };
