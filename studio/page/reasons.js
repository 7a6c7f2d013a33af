// Reasons on digits: a list for each kind of scenario, which a person can change and this browser keeps.

const MOST = 9;
export const DEFAULTS = {
  conversation: ["breaks the policy", "states something false", "out of role", "unnatural", "no proper end", "repeats itself", "forgets", "wrong tone", "leaks private goal"],
  fields: ["wrong", "not in the source", "ambiguous", "trivial", "unnatural", "incomplete", "too near another", "wrong form", "unsafe"],
};

const key = (scenario, kind) => `colloquia-reasons/${scenario || "any"}/${kind}`;

export function reasonsOf(storage, scenario, kind) {
  try {
    const found = JSON.parse(storage.getItem(key(scenario, kind)));
    if (Array.isArray(found) && found.length && found.every((one) => typeof one === "string")) return tidy(found);
  } catch { /* none kept */ }
  return DEFAULTS[kind];
}

export function keepReasons(storage, scenario, kind, lines) {
  const found = tidy(lines);
  try {
    if (found.length) storage.setItem(key(scenario, kind), JSON.stringify(found));
    else storage.removeItem(key(scenario, kind));
  } catch { /* the browser keeps nothing */ }
  return found.length ? found : DEFAULTS[kind];
}

export function tidy(lines) {
  return [...new Set(lines.map((one) => one.replace(/\s+/g, " ").trim().slice(0, 120)).filter(Boolean))].slice(0, MOST);
}
