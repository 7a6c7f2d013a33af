// The review mode: one sample at a time, one key a verdict, and the next is there.

import { ofRun, post } from "./api.js";
import { setKeys } from "./keys.js";
import { kept, storage } from "./kept.js";
import { go } from "./main.js";
import { Outbox } from "./outbox.js";
import { Session } from "./review_session.js";
import { QUEUES, start } from "./review_start.js";

const boxes = new Map();

// One outbox for each run as long as the page is open, whatever it shows.
function outbox(run) {
  if (!boxes.has(run)) boxes.set(run, new Outbox(run, storage, (verdict) => post(ofRun(run, "/review/verdicts"), verdict), (box) => box.listener?.(box)));
  return boxes.get(run);
}

addEventListener("beforeunload", (event) => { if ([...boxes.values()].some((box) => box.waiting.length && box.unkept)) event.preventDefault(); });

export async function review(view, store, here) {
  const box = outbox(store.run);
  box.pump();
  if (!QUEUES[here.item] || !kept("reviewer")) {
    setKeys([start(view, store, (told) => go(store.run, "review", told.queue))]);
    return { leave() {} };
  }
  const session = new Session(view, store, box, here.item);
  await session.begin();
  return { leave: () => session.leave(), accepts: (next) => next.run === store.run && next.view === "review" && next.item === here.item };
}
