/** What is done to forks that are put away, and what all of them saved. */

import type { App } from "../app";
import { archivedItems } from "../ask/choices";
import { BACK, pick } from "../ask/steps";
import type { Session } from "../protocol";
import { placeHere, targetOf } from "./target";

export async function restoreFork(app: App, argument?: unknown): Promise<void> {
  const session = targetOf(argument).session ?? (await askArchived(app));
  if (session !== undefined) {
    await app.server.execute("restore", { ...placeHere(), session });
  }
}

async function askArchived(app: App): Promise<string | undefined> {
  const { sessions } = await app.tree.sessions(placeHere());
  const choices = archivedItems(sessions, Date.now());
  if (choices.length === 0) {
    throw new Error("No fork is in the archive: there is nothing to bring back.");
  }
  const nav = { title: "Restore Fork", canGoBack: false };
  const session = await pick<Session>(nav, { placeholder: "Bring which fork back?", choices });
  return session === BACK ? undefined : session?.id;
}

export async function showSavings(app: App): Promise<void> {
  await app.server.execute("showSavings", placeHere());
}
