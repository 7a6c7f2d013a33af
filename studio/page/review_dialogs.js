// A text that a reviewer writes: a remark, or other words in place of a message.

import { h } from "./dom.js";

// A dialog with a text, and an element below it if one is given; promises the text, or null if it was left.
export function asked({ title, text = "", hint = "", done, rows = 6, into = document.body, extra = null, empty = true }) {
  return new Promise((resolve) => {
    let given = null;
    const area = h("textarea", { rows, value: text, "aria-label": title });
    const send = h("button", { class: "go", onclick: finish }, done, " ", h("kbd", {}, "Ctrl Enter"));
    const dialog = h("dialog", { class: "writing", "aria-label": title },
      h("h2", {}, title), hint ? h("p", { class: "faint" }, hint) : null, area, extra,
      h("div", { class: "dialog-buttons" }, h("button", { class: "quiet", onclick: () => dialog.close() }, "Cancel ", h("kbd", {}, "Esc")), send));

    function finish() {
      if (!empty && !area.value.trim()) { area.focus(); return; }
      given = area.value;
      dialog.close();
    }

    dialog.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); finish(); }
    });
    dialog.addEventListener("close", () => { dialog.remove(); resolve(given); });
    into.append(dialog);
    dialog.showModal();
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  });
}
