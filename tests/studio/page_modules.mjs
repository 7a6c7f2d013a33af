// What the pure modules of the page do; run by test_page_modules.py in node, if there is one.

import assert from "node:assert/strict";
import { Deck, pace } from "../../studio/page/deck.js";
import { Keys, Outbox } from "../../studio/page/outbox.js";
import { DEFAULTS, keepReasons, reasonsOf, tidy } from "../../studio/page/reasons.js";

class Storage {
  constructor() { this.map = new Map(); this.full = false; }
  get length() { return this.map.size; }
  key(place) { return [...this.map.keys()][place] ?? null; }
  getItem(key) { return this.map.get(key) ?? null; }
  setItem(key, value) { if (this.full) throw new Error("full"); this.map.set(key, value); }
  removeItem(key) { this.map.delete(key); }
}

const error = (status) => Object.assign(new Error(`status ${status}`), { status });
const settled = async () => { for (let turn = 0; turn < 20; turn += 1) await Promise.resolve(); };

// Keys differ and grow, also if the clock stands still or goes back.
let clock = 1000;
const keys = new Keys(() => (clock -= 1), () => "x");
const made = Array.from({ length: 50 }, () => keys.next());
assert.deepEqual(made, [...new Set(made)].sort());
assert.match(made[0], /^[A-Za-z0-9.:-]{8,80}$/);

// Verdicts are sent in order, again after a fault, and are in the storage until they are saved.
{
  const [storage, sent, timers, answers] = [new Storage(), [], [], [null, error(0), error(409), null, null]];
  const send = async (one) => { sent.push(one.key); const wrong = answers.shift(); if (wrong) throw wrong; return { number: sent.length }; };
  const box = new Outbox("run", storage, send, () => {}, (work) => timers.push(work));
  for (const key of ["1", "2", "3"]) box.add({ key });
  await settled();
  assert.deepEqual([sent, storage.length, box.away], [["1", "2"], 2, "status 0"]);
  const other = new Outbox("run", storage, async () => { throw error(0); }, () => {}, () => {});
  assert.deepEqual(other.waiting.map((one) => one.key), ["2", "3"], "a page that is opened later takes them up");
  assert.deepEqual(new Outbox("another run", storage, send, () => {}).waiting, []);
  timers.shift()();
  await settled();
  assert.deepEqual([sent, storage.length], [["1", "2", "2"], 2]);
  timers.shift()();
  await settled();
  assert.deepEqual([sent, storage.length, box.away, box.saved.length], [["1", "2", "2", "2", "3"], 0, "", 3]);
}

// What can never be kept does not hold up the others, and is told; a full storage is told, too.
{
  const storage = new Storage();
  storage.full = true;
  const box = new Outbox("run", storage, async (one) => { if (one.key === "1") throw error(422); return { number: 1 }; }, () => {});
  box.add({ key: "1" });
  box.add({ key: "2" });
  await settled();
  assert.deepEqual([box.refused.map((one) => one.verdict.key), box.saved.length, box.waiting, box.unkept], [["1"], 1, [], true]);
}

// The deck: the next one is at hand, undo goes back without end, skipped ones come again, nothing is shown twice.
{
  const item = (sample, repeat = false) => ({ sample, against: "", repeat });
  const deck = new Deck();
  assert.equal(deck.put([item("a"), item("b"), item("c")]), true);
  assert.equal(deck.put([item("b"), item("d"), item("a", true)]), false);
  assert.deepEqual([deck.now.sample, deck.held()], ["a", ["a", "b", "c", "d", "a"]]);
  deck.say({ said: "accept", key: "1" });
  deck.say({ said: "skip", key: "2" });
  assert.equal(deck.now.sample, "c");
  assert.deepEqual([deck.back().key, deck.now.sample, deck.back().key, deck.now.sample, deck.back()], ["2", "b", "1", "a", null]);
  assert.deepEqual(deck.held(), ["a", "b", "c", "d", "a"]);
  deck.say({ said: "skip", key: "3" });
  assert.ok(deck.held().includes("a"), "the server need not give it yet");
  assert.equal(deck.again(), true);
  deck.put([item("a")]);
  assert.deepEqual(deck.held(), ["b", "c", "d", "a", "a"]);
  const earlier = { item: item("z"), verdict: { key: "0" } };
  deck.said = [];
  assert.equal(deck.back(earlier).key, "0");
  assert.equal(deck.now.sample, "z");
}

assert.equal(pace([1, 2], 10), null);
assert.deepEqual(pace([4, 2, 60], 30), { each: 4, minutes: 2 });

// Reasons: the defaults, a person's own, and none that harm the page.
{
  const storage = new Storage();
  assert.deepEqual(reasonsOf(storage, "support", "fields"), DEFAULTS.fields);
  assert.deepEqual(keepReasons(storage, "support", "fields", [" too  long ", "", "too long", "b"]), ["too long", "b"]);
  assert.deepEqual(reasonsOf(storage, "support", "fields"), ["too long", "b"]);
  assert.deepEqual(reasonsOf(storage, "support", "conversation"), DEFAULTS.conversation);
  assert.deepEqual(keepReasons(storage, "support", "fields", [""]), DEFAULTS.fields);
  storage.setItem("colloquia-reasons/any/fields", "[1, {}]");
  assert.deepEqual(reasonsOf(storage, "", "fields"), DEFAULTS.fields);
  assert.equal(tidy(Array.from({ length: 20 }, (_, place) => `${place}`)).length, 9);
  assert.ok(Object.values(DEFAULTS).every((list) => list.length === 9));
}
