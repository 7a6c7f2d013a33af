// A list of any length of which only what is seen is in the page.

import { h } from "./dom.js";

const AROUND = 8;

export class VirtualList {
  // `draw(row, place)` gives the element of a row; `chosen(row, clicked)` hears which one the reader is at.
  constructor(height, draw, chosen, label) {
    this.height = height;
    this.draw = draw;
    this.chosen = chosen;
    this.rows = [];
    this.at = -1;
    this.inner = h("div", { class: "list-inner" });
    this.element = h("div", { class: "list", role: "listbox", tabindex: 0, "aria-label": label }, this.inner);
    this.element.addEventListener("scroll", () => this.paint(), { passive: true });
    this.watcher = new ResizeObserver(() => this.paint());
    this.watcher.observe(this.element);
  }

  leave() {
    this.watcher.disconnect();
  }

  show(rows, at) {
    this.rows = rows;
    this.at = at;
    this.inner.style.height = `${rows.length * this.height}px`;
    this.paint();
  }

  move(to, tell = true, clicked = false) {
    if (!this.rows.length) return;
    this.at = Math.max(0, Math.min(this.rows.length - 1, to));
    const top = this.at * this.height;
    const box = this.element;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + this.height > box.scrollTop + box.clientHeight) box.scrollTop = top + this.height - box.clientHeight;
    this.paint();
    if (tell) this.chosen(this.rows[this.at], clicked);
  }

  page() {
    return Math.max(1, Math.floor(this.element.clientHeight / this.height) - 1);
  }

  paint() {
    const first = Math.max(0, Math.floor(this.element.scrollTop / this.height) - AROUND);
    const last = Math.min(this.rows.length, Math.ceil((this.element.scrollTop + this.element.clientHeight) / this.height) + AROUND);
    const shown = [];
    for (let place = first; place < last; place += 1) {
      const element = this.draw(this.rows[place], place);
      element.id = `row-${place}`;
      element.style.top = `${place * this.height}px`;
      element.setAttribute("role", "option");
      element.setAttribute("aria-selected", String(place === this.at));
      element.setAttribute("aria-setsize", String(this.rows.length));
      element.setAttribute("aria-posinset", String(place + 1));
      element.addEventListener("click", () => this.move(place, true, true));
      shown.push(element);
    }
    this.inner.replaceChildren(...shown);
    if (this.at >= first && this.at < last) this.element.setAttribute("aria-activedescendant", `row-${this.at}`);
    else this.element.removeAttribute("aria-activedescendant");
  }
}
