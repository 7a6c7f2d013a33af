// Verdicts on their way to the server: in order, again until they are saved, and kept by the browser until then.

const FIRST = 500;
const LONGEST = 10000;

// Keys of verdicts, in the order in which they were made: by it the server knows one that it was told before.
export class Keys {
  constructor(now = () => Date.now(), chance = () => crypto.getRandomValues(new Uint32Array(2)).join("-")) {
    this.now = now;
    this.last = 0;
    this.chance = chance;
  }

  next() {
    this.last = Math.max(this.now() * 1000, this.last + 1);
    return `${String(this.last).padStart(17, "0")}-${this.chance()}`;
  }
}

// `send(verdict)` promises the number that it was saved with, or throws an error with the `status` of the answer; `changed(box)` hears of it.
export class Outbox {
  constructor(name, storage, send, changed, later = setTimeout) {
    this.prefix = `colloquia-unsaved/${name}/`;
    this.storage = storage;
    this.send = send;
    this.changed = changed;
    this.later = later;
    this.waiting = this.kept();
    this.refused = [];
    this.saved = [];
    this.away = "";
    this.unkept = false;
    this.pause = FIRST;
    this.busy = false;
  }

  kept() {
    const found = [];
    for (let place = 0; place < this.storage.length; place += 1) {
      const key = this.storage.key(place);
      if (!key.startsWith(this.prefix)) continue;
      try { found.push(JSON.parse(this.storage.getItem(key))); } catch { /* no verdict */ }
    }
    return found.filter((one) => one && typeof one.key === "string").sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  add(verdict) {
    try {
      this.storage.setItem(this.key(verdict), JSON.stringify(verdict));
    } catch {
      this.unkept = true; // the browser keeps nothing: it is in this page alone until it is saved
    }
    this.waiting.push(verdict);
    this.changed(this);
    this.pump();
  }

  key(verdict) {
    return `${this.prefix}${verdict.key}`;
  }

  async pump() {
    if (this.busy) return;
    this.busy = true;
    while (this.waiting.length) {
      const verdict = this.waiting[0];
      try {
        const { number } = await this.send(verdict);
        this.saved.push({ verdict, number });
      } catch (error) {
        if (!hopeless(error.status)) { this.wait(error); return; }
        this.refused.push({ verdict, why: error.message });
      }
      this.waiting.shift();
      this.storage.removeItem(this.key(verdict));
      this.away = "";
      this.pause = FIRST;
      this.changed(this);
    }
    this.busy = false;
  }

  // Try again after a while.
  wait(error) {
    this.away = error.message;
    this.changed(this);
    this.later(() => { this.busy = false; this.pump(); }, this.pause);
    this.pause = Math.min(2 * this.pause, LONGEST);
  }
}

// The server understood, and will never take it: content that is gone, or too large. A disk may be emptied, a token given.
const hopeless = (status) => status === 422 || status === 413;
