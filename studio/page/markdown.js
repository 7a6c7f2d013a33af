// A part of Markdown as elements: paragraphs, headings, lists, quotes, code, tables, emphasis. Links and pictures stay text:
// nothing that a model wrote can be followed or loaded. Every step reads each character a bounded number of times.

import { h } from "./dom.js";
import { pieces } from "./text.js";

const FENCE = /^\s{0,3}(```|~~~)/;
const HEADING = /^\s{0,3}(#{1,6})\s+(.*)$/;
const ITEM = /^(\s{0,8})([-*+]|\d{1,4}[.)])\s+(.*)$/;
const QUOTE = /^\s{0,3}>\s?(.*)$/;
const RULE = /^\s{0,3}([-*_])(\s*\1){2,}\s*$/;
const DIVIDER = /^\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$/;
const MOST_INLINE = 5000;

export function markdown(text) {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const found = [];
  let at = 0;
  while (at < lines.length) {
    const [element, next] = piece(lines, at);
    if (element) found.push(element);
    at = next;
  }
  return found;
}

function piece(lines, at) {
  const line = lines[at];
  if (!line.trim()) return [null, at + 1];
  if (FENCE.test(line)) return fenced(lines, at);
  const heading = line.length < MOST_INLINE && HEADING.exec(line);
  if (heading) return [h("p", { class: `md-heading md-heading-${heading[1].length}` }, inline(heading[2])), at + 1];
  if (line.length < 200 && RULE.test(line)) return [h("hr"), at + 1];
  if (QUOTE.test(line)) return gathered(lines, at, QUOTE, 1, (rows) => h("blockquote", {}, paragraph(rows)));
  if (ITEM.test(line)) return list(lines, at);
  if (isTable(lines, at)) return table(lines, at);
  let end = at + 1;
  while (end < lines.length && lines[end].trim() && !begins(lines[end])) end += 1;
  return [h("p", {}, paragraph(lines.slice(at, end))), end];
}

const begins = (line) => [FENCE, HEADING, QUOTE, ITEM].some((kind) => kind.test(line.slice(0, 300)));

function fenced(lines, at) {
  const mark = FENCE.exec(lines[at])[1];
  let end = at + 1;
  while (end < lines.length && !lines[end].trimStart().startsWith(mark)) end += 1;
  return [h("pre", {}, h("code", {}, pieces(lines.slice(at + 1, end).join("\n")))), end + 1];
}

function gathered(lines, at, kind, group, make) {
  const rows = [];
  let end = at;
  for (let match; end < lines.length && (match = kind.exec(lines[end])); end += 1) rows.push(match[group]);
  return [make(rows), end];
}

function list(lines, at) {
  const ordered = /\d/.test(ITEM.exec(lines[at])[2]);
  const items = [];
  let end = at;
  for (; end < lines.length; end += 1) {
    const match = ITEM.exec(lines[end]);
    if (match && /\d/.test(match[2]) === ordered) items.push([match[1].length, [match[3]], match[2]]);
    else if (lines[end].trim() && /^\s{2,}/.test(lines[end])) items.at(-1)[1].push(lines[end].trim());
    else break;
  }
  const shown = items.map(([depth, rows, mark]) =>
    h("li", { class: depth > 1 ? "md-deeper" : null, value: ordered ? parseInt(mark, 10) : null }, paragraph(rows)));
  return [h(ordered ? "ol" : "ul", {}, shown), end];
}

function isTable(lines, at) {
  return lines[at].includes("|") && lines[at + 1] !== undefined && lines[at + 1].length < 500 && DIVIDER.test(lines[at + 1]);
}

function table(lines, at) {
  let end = at + 2;
  while (end < lines.length && lines[end].includes("|")) end += 1;
  const cells = (row) => row.trim().replace(/^\||\|$/g, "").split("|").map((cell) => inline(cell.trim()));
  const body = lines.slice(at + 2, end).map((row) => h("tr", {}, cells(row).map((cell) => h("td", {}, cell))));
  const head = h("tr", {}, cells(lines[at]).map((cell) => h("th", {}, cell)));
  return [h("div", { class: "wide" }, h("table", {}, h("thead", {}, head), h("tbody", {}, body))), end];
}

function paragraph(rows) {
  return rows.flatMap((row, place) => (place ? [h("br"), ...inline(row)] : inline(row)));
}

// Emphasis and code within a line: pairs of marks are found by one walk from the left.
function inline(text) {
  if (text.length > MOST_INLINE) return pieces(text);
  const found = [];
  let plain = "";
  const flush = () => { if (plain) found.push(...pieces(plain)); plain = ""; };
  for (let at = 0; at < text.length; ) {
    const mark = ["**", "__", "`", "*", "_"].find((one) => text.startsWith(one, at));
    const end = mark && opens(text, at, mark) ? text.indexOf(mark, at + mark.length) : -1;
    if (end > at + mark?.length && closes(text, end, mark)) {
      flush();
      const inner = text.slice(at + mark.length, end);
      found.push(mark === "`" ? h("code", {}, pieces(inner)) : h(mark.length === 2 ? "strong" : "em", {}, inline(inner)));
      at = end + mark.length;
    } else {
      plain += mark || text[at];
      at += mark ? mark.length : 1;
    }
  }
  flush();
  return found;
}

const WORD = /[\p{L}\p{N}]/u;
const inWord = (text, at) => at >= 0 && at < text.length && WORD.test(text[at]);

function opens(text, at, mark) {
  if (mark === "`") return true;
  return !/\s/.test(text[at + mark.length] || " ") && !(mark.startsWith("_") && inWord(text, at - 1));
}

function closes(text, end, mark) {
  if (mark === "`") return true;
  return !/\s/.test(text[end - 1]) && !(mark.startsWith("_") && inWord(text, end + mark.length));
}
