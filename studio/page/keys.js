// Keys: each view says which it has; the help lists them all.

import { byId, fresh, h } from "./dom.js";

const EVERYWHERE = [
  ["?", "this help"],
  ["g …", "then a letter, to go to: runs (h), overview (o), samples (s), rejected (r), map (m), coverage (c), topology (t), review (v)"],
  ["Esc", "back"],
];
let own = [];
let waiting = 0;
let onward = () => {};

// `bindings` are [keys, words, work, once]; keys as `KeyboardEvent.key` names them, several by spaces, the space bar as Space.
// What may be done `once` a press is not done again while the key is held down.
export function setKeys(bindings) {
  own = bindings;
}

export function start(goes) {
  onward = goes;
  document.addEventListener("keydown", pressed);
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (typing && event.key === "Escape") {
    event.target.blur();
    byId("view").focus();
    event.preventDefault();
    return;
  }
  if (typing) return;
  if (waiting && performance.now() - waiting < 1500) {
    waiting = 0;
    if (onward(event.key)) event.preventDefault();
    return;
  }
  if (event.key === "?") { help(); event.preventDefault(); return; }
  if (event.key === "g") { waiting = performance.now(); return; }
  const onButton = /^(BUTTON|A|SUMMARY)$/.test(event.target.tagName);
  if (onButton && (event.key === "Enter" || event.key === " ")) return;
  const name = event.key === " " ? "Space" : event.key;
  const found = own.find(([keys]) => keys.split(" ").includes(name));
  if (!found) return;
  event.preventDefault();
  if (!(found[3] && event.repeat)) found[2](name);
}

export function help() {
  const dialog = byId("help");
  const rows = [...own, ...EVERYWHERE].map(([keys, words]) =>
    h("tr", {}, h("td", {}, keys.split(/ (?!…)/).map((key) => h("kbd", {}, NAMES[key] || key))), h("td", {}, words)));
  fresh(dialog, h("h2", {}, "Keys"), h("table", { class: "keys" }, h("tbody", {}, rows)),
    h("button", { autofocus: true, onclick: () => dialog.close() }, "Close"));
  dialog.showModal();
}

const NAMES = { ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", Space: "space", Escape: "Esc" };
