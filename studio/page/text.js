// Text of anybody: control characters and marks of writing direction shown, each piece isolated, long ones cut.

import { h } from "./dom.js";

const LONGEST = 20000;
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}\ud800-\udfff]/gu;

// Words so long that a browser takes seconds to find where to break them, in scripts that are written with spaces.
const ENDLESS = /[^\s\u0e00-\u0eff\u2e80-\u9fff\uac00-\ud7af]{500}/;

// Pieces of a text: strings, and a mark for each character that would not be seen or would act on what is near.
export function pieces(text) {
  const found = [];
  let last = 0;
  const plain = (end) => { if (end > last) found.push(...breakable(text.slice(last, end))); };
  for (const match of text.matchAll(UNSEEN)) {
    plain(match.index);
    const code = match[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    found.push(h("span", { class: "unseen-mark", title: "a character that shows nothing by itself" }, `U+${code}`));
    last = match.index + match[0].length;
  }
  plain(text.length);
  return found;
}

function breakable(text) {
  if (!ENDLESS.test(text)) return [text];
  return text.match(/\S{1,64}|\s+/gu).flatMap((part) => [part, h("wbr")]);
}

// One line of text, such as a name: isolated from what stands beside it.
export function line(text, props) {
  const whole = String(text ?? "");
  const cut = whole.length > 400 ? `${whole.slice(0, 400)}…` : whole;
  return h("bdi", props, pieces(cut.replace(/\s+/g, " ")));
}

// A text of several lines as it stands. `make` may draw it in another way; it gets no more than a part at first.
export function block(text, make = pieces, props = {}) {
  const whole = String(text ?? "");
  const box = h("div", { dir: "auto", ...props, class: `words ${props.class || ""}` });
  if (whole.length <= LONGEST) {
    box.append(...make(whole));
    return box;
  }
  const more = h("button", { class: "quiet", onclick: () => box.replaceChildren(...pieces(whole)) },
    `show all ${whole.length.toLocaleString("en")} characters`);
  box.append(...make(whole.slice(0, LONGEST)), "… ", more);
  return box;
}
