// How verdicts and statuses look: a sign and a word, so that no colour is needed.

import { h } from "./dom.js";

const SIGNS = {
  accepted: ["✓", "good"], rejected: ["✗", "bad"], undecided: ["?", "unsure"], "under way": ["…", "faint"],
  PASS: ["✓", "good"], FAIL: ["✗", "bad"], UNVERIFIABLE: ["~", "faint"], ERROR: ["!", "unsure"],
};

export function sign(verdict) {
  const [mark, kind] = SIGNS[verdict] || ["·", "faint"];
  return h("span", { class: `sign ${kind}`, role: "img", "aria-label": verdict, title: verdict }, mark);
}

export function badge(verdict) {
  const [mark, kind] = SIGNS[verdict] || ["·", "faint"];
  return h("span", { class: `badge ${kind}` }, h("span", { "aria-hidden": "true" }, `${mark} `), verdict);
}

export const VERDICTS = ["accepted", "rejected", "undecided", "under way"];
