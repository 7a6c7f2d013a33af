// What the server is asked for by GET, and what it is told by POST: the verdicts of the review mode, and nothing else.

import { byId } from "./dom.js";

// `status` is that of the answer; 0 if there was none.
export class Refused extends Error {
  constructor(words, status = 0) {
    super(words);
    this.status = status;
  }
}

async function answered(path, told) {
  let answer;
  try {
    answer = await fetch(`/api${path}`, { credentials: "same-origin", ...told });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("the server does not answer; was the command ended?");
  }
  const found = await answer.json().catch(() => ({ error: `the answer (${answer.status}) is no JSON` }));
  if (!answer.ok) throw new Refused(found.error || `error ${answer.status}`, answer.status);
  return found;
}

export const ask = (path, signal) => answered(path, { signal, headers: { Accept: "application/json" } });

export function post(path, value) {
  return answered(path, { method: "POST", body: JSON.stringify(value), headers: { Accept: "application/json", "Content-Type": "application/json", "X-Colloquia-Change": "yes" } });
}

export function complain(error) {
  const line = byId("problem");
  line.hidden = !error;
  line.textContent = error ? (error instanceof Refused ? error.message : `the page failed: ${error.message}`) : "";
  if (error && !(error instanceof Refused)) console.error(error);
}

export const ofRun = (run, rest = "") => `/runs/${encodeURIComponent(run)}${rest}`;
