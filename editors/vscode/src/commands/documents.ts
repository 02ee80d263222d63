/** What the server shows as a document of its own: what is in a fork, what it found, what forking saved. */

import type { App, Handler } from "../app";
import type { Session } from "../protocol";
import { askSession } from "./resume";
import { placeOf, sessionOf, targetOf } from "./target";

/** "Show Fork": what it was asked, did and said last. */
export const showFork: Handler = async (app, argument) => {
  const target = targetOf(argument);
  const session = sessionOf(target);
  await app.server.execute("showFork", { ...placeOf(target), ...(session === undefined ? {} : { session }) });
};

/** "Take Findings…": what an exploration found: a row's, this worktree's fork's, or that of the fork that the person chooses. The
 * server says what asking costs, and asks them first. */
export const takeFindings: Handler = async (app, argument) => {
  const target = targetOf(argument);
  const place = placeOf(target);
  const session =
    sessionOf(target) ??
    app.status.current?.fork?.id ??
    (await askSession(app, place, "Take Findings", "Which fork's findings?", isAskable))?.id;
  if (session !== undefined) {
    await app.server.execute("findings", { ...place, session });
  }
};

function isAskable({ isFork, baseline, state }: Session): boolean {
  return isFork && baseline === null && state !== "archived" && state !== "pending";
}

/** "Show Savings": of all the repository's forks. */
export async function showSavings(app: App): Promise<void> {
  await app.server.execute("showSavings", placeOf());
}
