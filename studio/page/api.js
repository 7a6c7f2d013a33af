// What the server is asked for. Everything is GET: this page changes nothing.

import { byId } from "./dom.js";

export class Refused extends Error {}

export async function ask(path, signal) {
  let answer;
  try {
    answer = await fetch(`/api${path}`, { signal, credentials: "same-origin", headers: { Accept: "application/json" } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("the server does not answer; was the command ended?");
  }
  const told = await answer.json().catch(() => ({ error: `the answer (${answer.status}) is no JSON` }));
  if (!answer.ok) throw new Refused(told.error || `error ${answer.status}`);
  return told;
}

export function complain(error) {
  const line = byId("problem");
  line.hidden = !error;
  line.textContent = error ? (error instanceof Refused ? error.message : `the page failed: ${error.message}`) : "";
  if (error && !(error instanceof Refused)) console.error(error);
}

export const ofRun = (run, rest = "") => `/runs/${encodeURIComponent(run)}${rest}`;
