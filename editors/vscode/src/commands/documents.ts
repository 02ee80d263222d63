/** What the server shows as a document of its own: what is in a fork, what it found, what forking saved. */

import type { App, Handler } from "../app";
import { placeOf, sessionOf, targetOf } from "./target";

/** "Show Fork": what it was asked, did and said last. */
export const showFork = show("showFork");

/** "Take Findings…": what an exploration found. The server says what asking costs, and asks the person first. */
export const takeFindings = show("findings");

/** "Show Savings": of all the repository's forks. */
export async function showSavings(app: App): Promise<void> {
  await app.server.execute("showSavings", placeOf());
}

function show(command: "showFork" | "findings"): Handler {
  return async (app: App, argument?: unknown) => {
    const target = targetOf(argument);
    const session = sessionOf(target);
    await app.server.execute(command, { ...placeOf(target), ...(session === undefined ? {} : { session }) });
  };
}
