// The keys of the review mode.

import { go } from "./main.js";

// The keys of a session, with the words for the help.
export function sessionKeys(session) {
  const common = [
    ["Space", "skip", () => session.said("skip"), true],
    ["u Backspace", "undo, back to the sample; as often as you like", () => session.undo()],
    ["f", "flag", () => session.flag(), true],
    ["c", "remark", () => session.remark(), true],
    ["m", "Markdown, or the text as it stands", () => { session.marked = session.state.marked = !session.marked; if (session.deck.now) session.draw(); }],
    ["Escape", "choose another queue", () => go(session.store.run, "review")],
  ];
  if (session.pairs) {
    return [["ArrowLeft 1", "the left one is better", () => session.said("left"), true], ["ArrowRight 2", "the right one is better", () => session.said("right"), true],
      ["0", "neither is", () => session.said("tie"), true], ...common];
  }
  return [["a", "accept", () => session.said("accept"), true], ["r", "reject", () => session.said("reject"), true],
    ["R", "reject, and make it again with a remark", () => session.redo(), true],
    ["1 2 3 4 5 6 7 8 9", "a reason, or not", (key) => session.reason(Number(key) - 1), true],
    ["j", "next turn", () => session.move(1)], ["k", "previous turn", () => session.move(-1)],
    ["t", "the fault is in this turn", () => { const turn = session.at(); if (turn) session.mark(Number(turn.dataset.turn)); }, true],
    ["e", "edit this turn or field", () => session.edit(), true],
    ["x", "open or fold all tool calls", () => { const tools = [...session.sample.querySelectorAll("details.tool")]; const open = tools.some((one) => !one.open); for (const one of tools) one.open = open; }],
    ...common];
}
