/** What the server shows of a fork as a document of its own. */

import type { App, Handler } from "../app";
import { placeOf, sessionOf, targetOf } from "./target";

/** "Show Fork": what it was asked, did and said last. */
export const showFork = show("showFork");

/** "Take Findings…": what an exploration found. The server says what asking costs, and asks the person first. */
export const takeFindings = show("findings");

function show(command: "showFork" | "findings"): Handler {
  return async (app: App, argument?: unknown) => {
    const target = targetOf(argument);
    const session = sessionOf(target);
    await app.server.execute(command, { ...placeOf(target), ...(session === undefined ? {} : { session }) });
  };
}
