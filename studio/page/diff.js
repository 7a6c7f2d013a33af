// What changed between two texts, word by word.

import { h } from "./dom.js";
import { pieces } from "./text.js";

const MOST_STEPS = 4000000;
const LEAST_SHARED = 0.35;

// Elements: what stayed, what went (del) and what came (ins).
export function changes(before, after) {
  const steps = readable(merged(compared(words(before), words(after))), before, after);
  return steps.map(([kind, text]) => {
    if (kind === "same") return h("span", {}, pieces(text));
    return h(kind, { "aria-label": kind === "del" ? "taken out" : "added" }, pieces(text));
  });
}

// Texts that share little are shown one after the other: a mosaic of single words cannot be read. Between two changes, a
// space or a comma that stayed belongs to both.
function readable(steps, before, after) {
  const stayed = steps.reduce((sum, [kind, text]) => sum + (kind === "same" ? text.trim().length : 0), 0);
  if (stayed < LEAST_SHARED * Math.max(before.trim().length, after.trim().length)) return [["del", before], ["ins", after]].filter(([, text]) => text);
  const found = [];
  let [out, into] = ["", ""];
  const flush = () => { if (out) found.push(["del", out]); if (into) found.push(["ins", into]); [out, into] = ["", ""]; };
  steps.forEach(([kind, text], place) => {
    if (kind === "del") out += text;
    else if (kind === "ins") into += text;
    else if ((out || into) && place + 1 < steps.length && !/[\p{L}\p{N}]/u.test(text)) { out += text; into += text; }
    else { flush(); found.push(["same", text]); }
  });
  flush();
  return found;
}

const words = (text) => text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) || [];

function compared(a, b) {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const same = (some) => some.map((word) => ["same", word]);
  const middle = between(a.slice(start, a.length - end), b.slice(start, b.length - end));
  return [...same(a.slice(0, start)), ...middle, ...same(end ? a.slice(-end) : [])];
}

// The longest common subsequence by its table; texts for which that is too large are replaced as a whole.
function between(a, b) {
  const out = (some) => some.map((word) => ["del", word]);
  const into = (some) => some.map((word) => ["ins", word]);
  if (!a.length || !b.length || a.length * b.length > MOST_STEPS) return [...out(a), ...into(b)];
  const width = b.length + 1;
  const table = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const at = i * width + j;
      table[at] = a[i] === b[j] ? table[at + width + 1] + 1 : Math.max(table[at + width], table[at + 1]);
    }
  }
  const found = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) { found.push(["same", a[i]]); i += 1; j += 1; }
    else if (table[(i + 1) * width + j] >= table[i * width + j + 1]) { found.push(["del", a[i]]); i += 1; }
    else { found.push(["ins", b[j]]); j += 1; }
  }
  return [...found, ...out(a.slice(i)), ...into(b.slice(j))];
}

function merged(steps) {
  const found = [];
  for (const [kind, word] of steps) {
    if (found.length && found.at(-1)[0] === kind) found.at(-1)[1] += word;
    else found.push([kind, word]);
  }
  return found;
}
