// Light or dark: the system's choice, or the one of the button, which this browser keeps.

const KEY = "colloquia-theme";

export function theme() {
  const dark = getComputedStyle(document.documentElement).colorScheme.trim() === "dark";
  choose(dark ? "light" : "dark");
  try { localStorage.setItem(KEY, document.documentElement.dataset.theme); } catch { /* the browser keeps nothing */ }
  dispatchEvent(new Event("themed"));
}

theme.start = () => {
  let kept = null;
  try { kept = localStorage.getItem(KEY); } catch { /* the browser keeps nothing */ }
  if (kept === "light" || kept === "dark") choose(kept);
};

function choose(name) {
  document.documentElement.dataset.theme = name;
}
