/** When a server that keeps dying is left dead. */

export const MAX_RESTARTS = 4;
export const WINDOW_MS = 3 * 60 * 1000;

/** Answers, for each crash (at a time in milliseconds), whether the server may be started again. */
export function crashBudget(limit = MAX_RESTARTS, windowMs = WINDOW_MS): (now: number) => boolean {
  let restarts: number[] = [];
  return (now) => {
    restarts = restarts.filter((time) => now - time < windowMs);
    if (restarts.length >= limit) {
      return false;
    }
    restarts.push(now);
    return true;
  };
}
