// Elements made of values. Text of any origin becomes text nodes, never markup: the policy of this page forbids the rest.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "open" || name === "selected") element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  put(element, children);
  return element;
}

function put(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

export function s(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

export function fresh(element, ...children) {
  element.replaceChildren();
  put(element, children);
  return element;
}

export const byId = (id) => document.getElementById(id);

export function say(words) {
  byId("said").textContent = words;
}

export function choice(label, value, options, changed) {
  const select = h("select", { onchange: (event) => changed(event.target.value) },
    options.map(([key, words]) => h("option", { value: key, selected: key === value }, words)));
  return h("label", { class: "choice" }, h("span", {}, label), select);
}

// A number as a bar beside it.
export function bar(value, most) {
  const filled = h("span", { class: "bar-filled" });
  filled.style.width = `${Math.max(0, Math.min(100, (100 * value) / (most || 1)))}%`;
  return h("span", { class: "bar", "aria-hidden": "true" }, filled);
}

export const count = (number) => Number(number).toLocaleString("en");

export function many(number, one, more = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : more}`;
}

export function short(number) {
  if (Math.abs(number) < 10000) return count(number);
  return number < 1e6 ? `${(number / 1e3).toFixed(0)}k` : `${(number / 1e6).toFixed(1)}M`;
}

export function wait(milliseconds, work) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), milliseconds);
  };
}
