/** "Take Findings": what an exploration found, and nothing else of it, as a document. */

import type { App } from "../app";
import { placeOf, targetOf } from "./target";

/** The server says what asking costs, and asks the person first. */
export async function takeFindings(app: App, argument?: unknown): Promise<void> {
  const target = targetOf(argument);
  const session = target.session ?? target.branch;
  await app.server.execute("findings", { ...placeOf(target), ...(session === undefined ? {} : { session }) });
}
