/** What is asked of a session everywhere. */

import type { Session, SessionState } from "./protocol";

export function isLive(state: SessionState): boolean {
  return state === "live-busy" || state === "live-waiting" || state === "live-idle";
}

/** What a session does, if it does anything: most do not run. */
export function stateIfAny({ state, stateText }: Pick<Session, "state" | "stateText">): string {
  return state === "idle" ? "" : stateText;
}

/** What a session is called: its title, else the start of its id. */
export function sessionLabel({ title, id }: Pick<Session, "title" | "id">): string {
  return title ?? `untitled ${id.slice(0, 8)}`;
}
