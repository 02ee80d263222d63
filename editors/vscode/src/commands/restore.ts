/** "Restore Fork…": which of the archived forks comes back. */

import type { App } from "../app";
import { archivedItems } from "../ask/choices";
import { BACK, pick } from "../ask/steps";
import type { Place } from "../place";
import type { Session } from "../protocol";
import { NothingToDo } from "./outcome";
import { placeOf, targetOf } from "./target";

export async function restoreFork(app: App, argument?: unknown): Promise<void> {
  const target = targetOf(argument);
  const place = placeOf(target);
  const session = target.session ?? (await askArchived(app, place));
  if (session !== undefined) {
    await app.server.execute("restore", { ...place, session });
  }
}

async function askArchived(app: App, place: Place): Promise<string | undefined> {
  const { sessions } = await app.tree.sessions(place);
  const choices = archivedItems(sessions, Date.now());
  if (choices.length === 0) {
    throw new NothingToDo("No fork is in the archive: there is nothing to bring back.");
  }
  const nav = { title: "Restore Fork", canGoBack: false };
  const session = await pick<Session>(nav, { placeholder: "Bring which fork back?", choices });
  return session === BACK ? undefined : session?.id;
}
