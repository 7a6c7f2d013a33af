// What a reviewer works through: the item at hand, those that wait, and all that was said, so that it can be taken back.

const name = (item) => `${item.sample}|${item.against}|${item.repeat}`;

export class Deck {
  constructor() {
    this.waiting = [];
    this.now = null;
    this.said = [];
    this.known = new Set();
    this.skipped = new Map();
  }

  // Items from the server; those that the page has or had are left out. True if there was none at hand and now there is.
  put(items) {
    for (const one of items) {
      if (this.known.has(name(one))) continue;
      this.known.add(name(one));
      this.waiting.push(one);
    }
    if (this.now || !this.waiting.length) return false;
    this.now = this.waiting.shift();
    return true;
  }

  // What is at hand was spoken of; the next one is at hand.
  say(verdict) {
    this.said.push({ item: this.now, verdict });
    if (verdict.said === "skip") this.skipped.set(name(this.now), this.now);
    this.now = this.waiting.shift() || null;
  }

  // What was skipped may come again, once there is nothing else. True if there is any.
  again() {
    for (const key of this.skipped.keys()) this.known.delete(key);
    const any = this.skipped.size > 0;
    this.skipped.clear();
    return any;
  }

  // Back to the last one that was spoken of; gives its verdict. One of an earlier page comes in `before`.
  back(before = null) {
    const last = this.said.pop() || before;
    if (!last) return null;
    if (this.now) this.waiting.unshift(this.now);
    this.waiting = this.waiting.filter((one) => name(one) !== name(last.item));
    this.known.add(name(last.item));
    this.skipped.delete(name(last.item));
    this.now = last.item;
    return last.verdict;
  }

  // The samples that the server need not give.
  held() {
    return [...(this.now ? [this.now] : []), ...this.waiting, ...this.skipped.values()].map((one) => one.sample);
  }
}

// Verdicts an hour and how long the rest takes, from the seconds of the last ones.
export function pace(seconds, left) {
  const last = seconds.slice(-20).sort((a, b) => a - b);
  if (last.length < 3) return null;
  const typical = last[Math.floor(last.length / 2)];
  return { each: typical, minutes: Math.ceil((typical * left) / 60) };
}
