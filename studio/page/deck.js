// What a reviewer works through: the item at hand, those that wait, and all that was said, so that it can be taken back.

export class Deck {
  constructor() {
    this.waiting = [];
    this.now = null;
    this.said = [];
    this.known = new Set();
  }

  // Items from the server; those that the page has or had are left out. True if there was none at hand and now there is.
  put(items) {
    for (const one of items) {
      if (this.known.has(one.key)) continue;
      this.known.add(one.key);
      this.waiting.push(one);
    }
    if (this.now || !this.waiting.length) return false;
    this.now = this.waiting.shift();
    return true;
  }

  // What is at hand was spoken of; the next one is at hand.
  say(verdict) {
    this.said.push({ item: this.now, verdict });
    this.now = this.waiting.shift() || null;
  }

  // Back to the last one that was spoken of; gives its verdict. An earlier page's comes in `before`.
  back(before = null) {
    const last = this.said.pop() || before;
    if (!last) return null;
    if (this.now) this.waiting.unshift(this.now);
    this.waiting = this.waiting.filter((one) => one.key !== last.item.key);
    this.known.add(last.item.key);
    this.now = last.item;
    return last.verdict;
  }

  held() {
    return [...(this.now ? [this.now.key] : []), ...this.waiting.map((one) => one.key)];
  }
}

// Verdicts an hour and how long the rest takes, from the seconds of the last ones.
export function pace(seconds, left) {
  const last = seconds.slice(-20).sort((a, b) => a - b);
  if (last.length < 3) return null;
  const typical = last[Math.floor(last.length / 2)];
  return { each: typical, minutes: Math.ceil((typical * left) / 60) };
}
