/** When a server that dies is started again, and when it is given up on. */

const PAUSES_MS = [0, 500, 1000, 2000]; // a server that dies at once is not hammered
export const MAX_RESTARTS = PAUSES_MS.length;
export const WINDOW_MS = 3 * 60 * 1000;

/** Answers, for each crash (at a time in milliseconds), how long to wait before the restart; undefined: don't. */
export function crashBudget(): (now: number) => number | undefined {
  let restarts: number[] = [];
  return (now) => {
    restarts = restarts.filter((time) => now - time < WINDOW_MS);
    const pause = PAUSES_MS[restarts.length];
    if (pause !== undefined) {
      restarts.push(now);
    }
    return pause;
  };
}
