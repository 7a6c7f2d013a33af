// The figures of a run: how many, why not, who spent what, round by round.

import { ask, ofRun } from "./api.js";
import { bar, count, fresh, h, s, short } from "./dom.js";
import { setKeys } from "./keys.js";
import { address, go } from "./main.js";
import { line } from "./text.js";
import { sign } from "./verdicts.js";

export async function figures(view, store) {
  async function draw() {
    const { figures: found } = await ask(ofRun(store.run));
    own.left = found.left;
    fresh(view, h("h1", {}, line(store.line?.name || "")), state(found, store), tiles(found, store),
      h("div", { class: "columns" },
        h("section", {}, h("h2", {}, "Round by round"), rounds(found.rounds)),
        table("Why not", found.reasons, (name) => address(store.run, "samples", "", new URLSearchParams({ reason: name })), "samples", "Nothing was rejected."),
        table("Faults that checks found", found.mistakes, (name) => address(store.run, "samples", "", new URLSearchParams({ found: name })), "in refused draws, drafts and at the end", "None."),
        table("Refused draws", found.refused, (name) => address(store.run, "samples", "", new URLSearchParams({ found: name })), "by check", "None."),
        table("Judging roles object", found.objections, (name) => address(store.run, "samples", "", new URLSearchParams({ fails: name })), "samples", "To nothing."),
        table("Mean scores", found.scores, null, "of accepted samples", "", 5),
        tokens(found), steps(found), summary(found.summary)));
  }

  const own = { leave() {}, changed: draw, left: 0 };
  await draw();
  setKeys([["Enter", "the samples", () => go(store.run, "samples")], ["Escape", "all runs", () => go("")]]);
  return own;
}

function state(found, store) {
  const stopped = found.summary.stopped_by;
  const words = found.running ? "A session of this run goes on: the figures follow it." : stopped ? `It ended: ${stopped === "target" ? "as many as wanted were accepted" : stopped}.` : "Its last session was cut off.";
  return [h("p", {}, found.running ? h("span", { class: "live" }, "running") : null, " ", words, " ", line(store.line?.scenario || "", { class: "faint" })),
    found.left ? h("p", { class: "faint", role: "status" }, found.left > 0 ? `${count(found.left)} samples are still being read …` : "The calls are still being read …") : null,
    found.scenario_error ? h("p", { class: "broken" }, "⚠ its scenario cannot be read, so some views know less: ", line(found.scenario_error)) : null];
}

function tiles(found, store) {
  const wanted = found.wanted ? ` of ${count(found.wanted)}` : "";
  const tokens = Object.values(found.tokens).reduce((sum, used) => sum + used.prompt + used.completion, 0);
  const usd = found.spent.reduce((sum, one) => sum + one.usd, 0);
  const to = (verdict) => address(store.run, "samples", "", new URLSearchParams({ verdict }));
  const tile = (words, number, href, mark) => h(href ? "a" : "div", { class: "tile", href }, h("span", { class: "tile-number" }, mark ? sign(mark) : null, " ", number), h("span", {}, words));
  return h("div", { class: "tiles" },
    tile(`accepted${wanted}`, count(found.accepted), to("accepted"), "accepted"), tile("rejected", count(found.rejected), address(store.run, "rejected"), "rejected"),
    tile("undecided", count(found.undecided), to("undecided"), "undecided"), found.under_way ? tile("under way", count(found.under_way), to("under way"), "under way") : null,
    tile("tokens", short(tokens)), usd ? tile("spent", `$${usd.toFixed(usd < 1 ? 4 : 2)}`) : null,
    found.wanted ? h("progress", { max: found.wanted, value: Math.min(found.accepted, found.wanted), "aria-label": "accepted of wanted" }) : null);
}

function table(title, values, link, words, none, least = 1) {
  const rows = Object.entries(values);
  if (!rows.length && !none) return null;
  const most = Math.max(least, ...rows.map(([, number]) => number));
  return h("section", {}, h("h2", {}, title, " ", h("small", {}, words)), rows.length ? h("table", { class: "figures" }, h("tbody", {}, rows.map(([name, number]) =>
    h("tr", {}, h("th", { scope: "row" }, link ? h("a", { href: link(name) }, line(name)) : line(name)), h("td", { class: "number" }, count(number)),
      h("td", { class: "bar-cell" }, bar(number, most)))))) : h("p", { class: "faint" }, none));
}

function tokens(found) {
  const rows = Object.entries(found.tokens);
  if (!rows.length) return null;
  return h("section", {}, h("h2", {}, "Tokens by role"), h("table", { class: "figures" },
    h("thead", {}, h("tr", {}, ["role", "calls", "prompt", "cached", "answer"].map((head, place) => h("th", { scope: "col", class: place ? "number" : null }, head)))),
    h("tbody", {}, rows.map(([role, used]) => h("tr", {}, h("th", { scope: "row" }, line(role)), [found.calls[role], used.prompt, used.cached, used.completion].map((number) => h("td", { class: "number" }, count(number))))))));
}

function steps(found) {
  if (!found.spent.length) return null;
  return h("section", {}, h("h2", {}, "Calls by step ", h("small", {}, "all that the journal holds")), h("table", { class: "figures" },
    h("thead", {}, h("tr", {}, ["step", "role", "calls", "requests", "tokens", "usd"].map((head, place) => h("th", { scope: "col", class: place > 1 ? "number" : null }, head)))),
    h("tbody", {}, found.spent.map((one) => h("tr", {}, h("th", { scope: "row" }, line(one.step)), h("td", {}, line(one.role)),
      [count(one.calls), count(one.requests), short(one.prompt + one.completion), one.usd ? one.usd.toFixed(4) : "—"].map((number) => h("td", { class: "number" }, number)))))));
}

// How the samples of each round ended, as bars: hatched where colour would be needed.
function rounds(found) {
  if (!found.length) return h("p", { class: "faint" }, "No round yet.");
  const [width, height, most] = [Math.max(300, Math.min(900, found.length * 14)), 120, Math.max(...found.map(total))];
  const step = width / found.length;
  const bars = found.map((one, place) => {
    let top = height;
    const part = (number, kind) => {
      const tall = (number / most) * (height - 14);
      top -= tall;
      return s("rect", { x: place * step + 1, y: top, width: Math.max(1, step - 2), height: tall, class: `part ${kind}` });
    };
    const words = `round ${one.round}: ${one.accepted} accepted, ${one.rejected} rejected, ${one.undecided} undecided, ${one.under_way} under way`;
    return s("g", {}, s("title", {}, words), part(one.accepted, "accepted"), part(one.rejected, "rejected"), part(one.undecided, "undecided"), part(one.under_way, "way"));
  });
  return h("figure", {}, s("svg", { viewBox: `0 0 ${width} ${height}`, class: "rounds", role: "img", "aria-label": `${found.length} rounds of at most ${most} samples` }, hatches(), bars),
    h("figcaption", { class: "faint" }, h("span", { class: "key accepted" }, "accepted"), h("span", { class: "key rejected" }, "rejected"), h("span", { class: "key undecided" }, "undecided or under way")));
}

const total = (one) => one.accepted + one.rejected + one.undecided + one.under_way;

export function hatches() {
  return s("defs", {}, s("pattern", { id: "hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    s("rect", { width: 5, height: 5, class: "hatch-ground" }), s("line", { x1: 0, y1: 0, x2: 0, y2: 5, class: "hatch-line" })));
}

const SHOWN = ["requests", "faults", "lost", "diversity", "coverage", "judgements", "given_up", "evolution", "timings", "not_in_memory"];

function summary(found) {
  const rows = SHOWN.filter((key) => found[key] !== undefined && !isEmpty(found[key]));
  if (!rows.length) return null;
  return h("section", {}, h("h2", {}, "More of summary.json ", h("small", {}, "the last session that ended")), h("dl", { class: "pairs" },
    rows.map((key) => [h("dt", {}, key.replace(/_/g, " ")), h("dd", {}, nested(found[key]))])));
}

const isEmpty = (value) => typeof value === "object" && value !== null && !Object.keys(value).length;

function nested(value) {
  if (typeof value !== "object" || value === null) return line(typeof value === "number" ? count(value) : value);
  if (isEmpty(value)) return "none";
  if (Array.isArray(value)) return value.length > 5 ? h("details", {}, h("summary", {}, `${value.length}`), h("ul", {}, value.slice(0, 200).map((one) => h("li", {}, nested(one))))) : h("ul", {}, value.map((one) => h("li", {}, nested(one))));
  return h("span", {}, Object.entries(value).map(([key, inner], place) => [place ? " · " : "", h("span", { class: "faint" }, line(key.replace(/_/g, " ")), " "), nested(inner)]));
}
